//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/internal/taskpage"
	"github.com/idemcheck/idemcheck/model/fault"
)

// journal is a folder with the example of that name, built, and the contract of the page about it.
func journal(t *testing.T) (folder, contract string) {
	t.Helper()
	folder = t.TempDir()
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", folder,
		"../../examples/journal").CombinedOutput()
	require.NoError(t, err, "%s", built)
	page, err := taskpage.Contract(taskPage("start"))
	require.NoError(t, err)
	contract = filepath.Join(folder, "idemcheck.yaml")
	require.NoError(t, os.WriteFile(contract, page, 0o600))
	t.Setenv("TMPDIR", folder)
	return folder, contract
}

// nothingLeft requires that no program of a folder runs, and that no lease is held there.
func nothingLeft(t *testing.T, folder string) {
	t.Helper()
	var left []string
	all, err := filepath.Glob("/proc/[0-9]*/exe")
	require.NoError(t, err)
	for _, link := range all {
		if exe, err := os.Readlink(link); err == nil && strings.HasPrefix(exe, folder) {
			left = append(left, link)
		}
	}
	require.Empty(t, left)
	leases, err := filepath.Glob(filepath.Join(folder, "idemcheck-*"))
	require.NoError(t, err)
	require.Empty(t, leases)
}

// TestAServiceIsStarted and ended by every verb that takes a contract.
func TestAServiceIsStarted(t *testing.T) {
	folder, contract := journal(t)
	for _, args := range [][]string{
		{"check", contract},
		{"conformance", contract},
		brief("run", contract, "--cases", "10", "--seed", "1", "--out", filepath.Join(folder, "out")),
	} {
		i := invocation{ctx: t.Context(), env: map[string]string{"JOURNAL": filepath.Join(folder, args[0])}}
		got := i.run(t, args...)
		require.Equal(t, exitValid, got.code, got.out+got.err)
		nothingLeft(t, folder)
	}
	dry := invoke(t, "run", contract, "--dry-run")
	require.Equal(t, exitValid, dry.code, dry.out+dry.err)
	require.Contains(t, dry.out, "the service that is started: ./journal")
	got := invoke(t, "check", contract, "--target", "http://127.0.0.1:1")
	require.Equal(t, exitFailed, got.code, "one that runs elsewhere is not started")
	require.Contains(t, got.err, "now http://127.0.0.1:1")
}

// TestServicesThatDoNotStart are told with what they wrote, without secrets, and leave nothing.
func TestServicesThatDoNotStart(t *testing.T) {
	folder, contract := journal(t)
	page, err := os.ReadFile(contract)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		command, says string
		code          int
	}{
		"it ends": {
			`[sh, -c, "echo no; echo ${TOKEN} >&2; exit 3"]`,
			"ended before it was ready: exit status 3; its last lines were:\nno\n<redacted>\n", exitFailed,
		},
		"it listens nowhere": {
			`[sh, -c, "sleep 600 & wait"]`, "was not ready within 200ms", exitFailed,
		},
		"there is none":      {"[./no-such-program]", "./no-such-program: no such file", exitFailed},
		"nothing is named":   {"[]", "start does not say which program is started", exitUsage},
		"a sink is nowhere":  {`[./journal, "{sink.psp}"]`, `there is no sink "psp"`, exitUsage},
		"a variable is open": {`[./journal, "${NO_SUCH}"]`, "NO_SUCH is not set", exitUsage},
	} {
		text := strings.Replace(string(page), "[./journal]", tt.command, 1)
		text = strings.Replace(text, "{path: /health}", "{path: /health, within: 200ms}", 1)
		require.NoError(t, os.WriteFile(contract, []byte(text), 0o600))
		i := invocation{ctx: t.Context(), env: map[string]string{"TOKEN": "much-too-secret"}}
		got := i.run(t, "check", contract)
		require.Equal(t, tt.code, got.code, name+got.out+got.err)
		require.Contains(t, got.err, tt.says, name)
		nothingLeft(t, folder)
	}
}

// TestKilledStarters ends runs at random moments. After an interrupt nothing is left, and after
// SIGKILL nothing is once another run has started.
func TestKilledStarters(t *testing.T) {
	folder, contract := journal(t)
	times, _ := kills()
	moments := rand.New(rand.NewPCG(3, 4))
	for n := range 3 * times {
		by := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM}[n%3]
		cmd := asProcess(t, os.DevNull, brief("run", contract, "--cases", "9000", "--seed", "1",
			"--out", filepath.Join(folder, "out"+strconv.Itoa(n)))...)
		cmd.Env = append(cmd.Env, "JOURNAL="+filepath.Join(folder, strconv.Itoa(n)))
		require.NoError(t, cmd.Start())
		<-time.After(time.Duration(moments.Int64N(int64(1500 * time.Millisecond))))
		require.NoError(t, cmd.Process.Signal(by))
		_ = cmd.Wait() // how it ended is no matter
		if by != syscall.SIGKILL {
			nothingLeft(t, folder)
			continue
		}
		got := invoke(t, "check", contract)
		require.Equal(t, exitValid, got.code, got.out+got.err)
		nothingLeft(t, folder)
	}
}

// struckBy are the ways in which the example is wrong, with the scenario that finds each and the
// rules that may say so.
var struckBy = []struct {
	broken, scenario string
	rules            []string
}{
	{"two-writes", "process-crashes", []string{"duplicate-effect"}},
	{"memory-keys", "process-crashes", []string{"duplicate-effect", "key-ignored"}},
	{"early-answer", "process-crashes", []string{"lost-effect", "divergent-replay"}},
	{"snapshot", "rolling-restarts", []string{"lost-effect", "divergent-replay"}},
	{"lease", "paused-process", []string{"duplicate-effect"}},
}

// TestStruckServices: what a service forgets or does twice when its process is killed, told to end or
// paused is found, by a small counterexample.
func TestStruckServices(t *testing.T) {
	folder, contract := journal(t)
	for _, tt := range struckBy[:sweep.Of(2, len(struckBy))] {
		out := filepath.Join(folder, "out-"+tt.broken)
		i := invocation{ctx: t.Context(), env: map[string]string{
			"JOURNAL": filepath.Join(folder, tt.broken), "BROKEN": tt.broken,
		}}
		got := i.run(t, brief("run", contract, "--scenario", tt.scenario, "--cases", "30", "--seed", "1",
			"--out", out)...)
		require.Equal(t, exitInvalid, got.code, got.out+got.err)
		v, err := files.LoadVerdict(filepath.Join(out, "verdict.json"))
		require.NoError(t, err)
		require.NotNil(t, v.Counterexample, got.out)
		require.Contains(t, tt.rules, v.Counterexample.Rule)
		p, err := files.LoadPlan(filepath.Join(out, "counterexample", "plan.json"))
		require.NoError(t, err)
		require.LessOrEqual(t, len(p.Cases[0].Operations), 3)
		require.LessOrEqual(t, len(p.Cases[0].Faults), 2)
		nothingLeft(t, folder)
	}
}

// TestAStruckServiceHasNoNeighbours: a right service passes however it is struck, and so do cases of
// other kinds that are under way in the same run.
func TestAStruckServiceHasNoNeighbours(t *testing.T) {
	folder, contract := journal(t)
	for seed := range sweep.Of(1, 3) {
		out := filepath.Join(folder, "out"+strconv.Itoa(seed))
		i := invocation{ctx: t.Context(), env: map[string]string{"JOURNAL": filepath.Join(folder, "right")}}
		got := i.run(t, brief("run", contract, "--scenario", "process-crashes,rolling-restarts,"+
			"paused-process,no-fault-repeat,lost-answers,concurrent-duplicates", "--cases", "40",
			"--seed", strconv.Itoa(seed), "--out", out)...)
		require.Equal(t, exitValid, got.code, got.out+got.err)
		v, err := files.LoadVerdict(filepath.Join(out, "verdict.json"))
		require.NoError(t, err)
		others := 0
		for _, k := range fault.Kinds() {
			fired := v.Faults.ByKind[k.Kind].Fired
			if !k.Traits.NeedsProcess {
				others += fired
				continue
			}
			require.Positive(t, fired, k.Kind)
		}
		require.Positive(t, others, "nobody was beside them")
	}
}
