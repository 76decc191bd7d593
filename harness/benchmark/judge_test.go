package benchmark_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// million is how many attempts the large history file holds at least.
const million = 1_000_000

// BenchmarkJudgeMillion measures `idemcheck judge` on a history file of a million attempts in many
// cases, beside one of a tenth of that: seconds, and the most memory that was resident.
func BenchmarkJudgeMillion(b *testing.B) {
	c := inMemory(b)
	dir := b.TempDir()
	command := filepath.Join(dir, "idemcheck")
	out, err := exec.Command("go", "build", "-o", command, "../../cmd/idemcheck").CombinedOutput()
	require.NoError(b, err, "%s", out)
	small, large := filepath.Join(dir, "small.jsonl"), filepath.Join(dir, "large.jsonl")
	writeHistories(b, c, small, million/10)
	writeHistories(b, c, large, million)
	var figures []figure
	for b.Loop() {
		var times, tenths, maxima []float64
		for range rounds {
			took, resident := runJudge(b, command, large)
			tenth, _ := runJudge(b, command, small)
			times, tenths = append(times, took), append(tenths, tenth)
			maxima = append(maxima, resident)
		}
		figures = []figure{
			{
				Name: "judge-million: seconds for 1,000,000 attempts, beside 100,000", Unit: "s",
				Ours: median(times), Peer: median(tenths), Ratio: median(times) / median(tenths), Goal: 12,
			},
			{Name: "judge-million: MB resident", Unit: "MB", Ours: median(maxima), Goal: 500},
		}
	}
	for _, f := range figures {
		report(b, f)
	}
	save(b, figures)
}

// writeHistories writes cases until they have so many attempts.
func writeHistories(b *testing.B, c *model.Contract, path string, attempts int) {
	b.Helper()
	w, err := files.CreateHistory(path, files.Header{Seed: 1, Contract: *c})
	require.NoError(b, err)
	cases := 0
	for n := 0; n < attempts; cases++ {
		h := simulate(simulation{
			Case: cases, Clients: 3, Operations: 6, Accounts: 2, Unknown: 50, Lossy: 200, Seed: 1,
		})
		require.NoError(b, w.Add(h))
		n += len(attemptsOf(h))
	}
	require.NoError(b, w.End(files.End{Planned: cases, Run: cases, Verdict: verdict.Valid}))
	require.NoError(b, w.Close())
}

func attemptsOf(h *model.History) []model.Event {
	var out []model.Event
	for _, e := range h.Events {
		if e.Kind == model.Invoke {
			out = append(out, e)
		}
	}
	return out
}

// runJudge runs the command and returns how long it took and how many MB were resident at most.
// Every case must have been judged and found valid.
func runJudge(b *testing.B, command, path string) (seconds, resident float64) {
	b.Helper()
	judge := exec.Command(command, "judge", path)
	begun := time.Now()
	out, err := judge.CombinedOutput()
	took := time.Since(begun)
	require.NoError(b, err, "%s", out)
	usage := judge.ProcessState.SysUsage().(*syscall.Rusage)
	b.Logf("%s: %.1f s, %.1f s of processor, %d MB", filepath.Base(path), took.Seconds(),
		(judge.ProcessState.UserTime() + judge.ProcessState.SystemTime()).Seconds(), usage.Maxrss>>10)
	return took.Seconds(), float64(usage.Maxrss) / 1024
}

// BenchmarkOneCase judges single cases of growing size, with a twentieth of the outcomes unknown:
// the judge must never give up, and ten times the history must cost about ten times the time. With
// IDEMCHECK_LARGE set it goes to 100,000 attempts.
func BenchmarkOneCase(b *testing.B) {
	sizes := []int{1000, 10_000}
	if os.Getenv("IDEMCHECK_LARGE") != "" {
		sizes = append(sizes, 100_000)
	}
	for _, accounts := range []int{1000, 10, 1} {
		for _, kind := range []string{"listed", "shuffled", "silent"} {
			for _, n := range sizes {
				b.Run(fmt.Sprintf("%d-accounts/%s/%d", accounts, kind, n), func(b *testing.B) {
					h, c := oneCase(b, accounts, n, kind)
					var f figure
					for b.Loop() {
						f = figure{Unit: "s", Ours: judgeOne(b, h, c).Seconds()}
					}
					report(b, f)
				})
			}
		}
	}
}

// oneCase simulates a case of 10 clients: its ledger is listed in the order of execution, shuffled,
// or not declared at all.
func oneCase(
	tb testing.TB, accounts, operations int, kind string,
) (*model.History, *model.Contract) {
	tb.Helper()
	c := inMemory(tb)
	h := simulate(simulation{
		Clients: 10, Operations: operations, Accounts: accounts, Unknown: 50, Lossy: 30, Seed: 1,
		Silent: kind == "silent", Shuffled: kind == "shuffled",
	})
	if kind != "silent" {
		return h, c
	}
	for name, t := range c.Operations {
		t.Effects = nil
		c.Operations[name] = t
	}
	for i := range h.Operations {
		h.Operations[i].Effects = nil
	}
	return h, c
}

// judgeOne judges a history, which must be found valid, and says how long that took.
func judgeOne(tb testing.TB, h *model.History, c *model.Contract) time.Duration {
	tb.Helper()
	spec, err := contract.Compile(c)
	require.NoError(tb, err)
	begun := time.Now()
	v := judge.Judge(h, c, spec)
	took := time.Since(begun)
	require.NoError(tb, spec.Err())
	require.Equal(tb, verdict.Valid, v.Verdict, "%v %.300v", v.Reasons, v.Violations)
	return took
}
