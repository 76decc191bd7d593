package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// patience is how long a test waits for something that takes moments, on a busy machine too.
const patience = 2 * time.Minute

// TestInterrupted: a signal ends the context. What was done so far is reported, saved, and not called
// valid; the exit code says that it was interrupted, whatever the verdict is.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for bug, verdict := range map[string]string{"": "UNKNOWN", "key-ignored": "INVALID"} {
		dir := t.TempDir()
		ctx, stop := context.WithCancelCause(t.Context())
		defer stop(nil)
		ended := make(chan ended, 1)
		go func() { ended <- invocation{ctx: ctx}.end(endlessDemo(bug, dir)...) }()
		begun(t, dir)
		stop(exit.Interruption{By: syscall.SIGINT})
		select {
		case got := <-ended:
			got.check(t)
			require.Equal(t, 130, got.code, got.out+got.err)
			require.Contains(t, got.out, verdict)
			require.Contains(t, got.out, "the run was interrupted by SIGINT: this is what was done so far")
			require.Contains(t, got.out, fmt.Sprintf("of %d cases were not begun", endless))
			require.Contains(t, got.out, dir)
		case <-time.After(patience):
			require.Fail(t, "the run goes on")
		}
		require.FileExists(t, filepath.Join(dir, "verdict.json"))
		judged := invoke(t, "judge", filepath.Join(dir, "history.jsonl"), "--format", "json")
		require.GreaterOrEqual(t, judged.verdict(t).Judged.Cases, 10)
	}
}

// endless is how many cases take longer than a test waits.
const endless = 2000

// endlessDemo are the arguments of a demo that takes longer than a test waits.
func endlessDemo(bug, dir string) []string {
	return []string{
		"demo", "--store", "memory", "--seed", "5", "--cases", strconv.Itoa(endless), "--parallel", "2",
		"--scenario", "no-fault-repeat", "--bug", bug, "--keep-going", "--out", dir,
	}
}

// begun waits until a run has saved ten cases.
func begun(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		saved, err := os.ReadFile(filepath.Join(dir, "history.jsonl"))
		return err == nil && strings.Count(string(saved), `{"case":{`) >= 10
	}, patience, time.Millisecond)
}

// TestSignals sends real signals to real processes.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		by      syscall.Signal
		name    string
		bug     string
		verdict verdict.Result
		code    int
	}{
		{syscall.SIGINT, "SIGINT", "", verdict.Unknown, 130},
		{syscall.SIGTERM, "SIGTERM", "", verdict.Unknown, 143},
		{syscall.SIGTERM, "SIGTERM", "key-ignored", verdict.Invalid, 143},
	} {
		dir := t.TempDir()
		cmd := asProcess(t, os.DevNull, endlessDemo(c.bug, dir)...)
		var shown transcript
		cmd.Stdout, cmd.Stderr = &shown, &shown
		require.NoError(t, cmd.Start())
		begun(t, dir)
		require.NoError(t, cmd.Process.Signal(c.by))
		if c.by == syscall.SIGTERM {
			echoed(t, cmd.Process, c.by)
		}
		_ = cmd.Wait() // its exit code is looked at
		require.Equal(t, c.code, cmd.ProcessState.ExitCode(), shown.String())
		require.Contains(t, shown.String(), "interrupted by "+c.name)
		v, err := files.LoadVerdict(filepath.Join(dir, "verdict.json"))
		require.NoError(t, err)
		require.Equal(t, c.verdict, v.Verdict)
		require.Contains(t, strings.Join(v.Reasons, "\n"), "interrupted by "+c.name)
		plan, err := files.LoadPlan(filepath.Join(dir, "plan.json"))
		require.NoError(t, err)
		require.Equal(t, endless, len(plan.Cases)+plan.Novelty)
	}
	requireServesUntil(t, syscall.SIGTERM)
	requireSecondSignalStops(t)
}

// echoed sends a signal some times more, as timeout(1) does: two that are not taken between are one.
func echoed(t *testing.T, p *os.Process, by syscall.Signal) {
	t.Helper()
	n := 0
	require.Eventually(t, func() bool {
		n++
		return p.Signal(by) != nil || n == 5 // it may have ended
	}, patience, time.Millisecond)
}

// requireSecondSignalStops checks that nothing is waited for any more after a second signal: the
// process ends by the signal, and not with an exit code of its own. On a busy machine it may end after
// the first before the second is sent, which decides nothing.
func requireSecondSignalStops(t *testing.T) {
	t.Helper()
	for range 5 {
		ended := interruptedTwice(t)
		status, ok := ended.Sys().(syscall.WaitStatus)
		require.True(t, ok)
		if status.Signaled() {
			require.Equal(t, syscall.SIGINT, status.Signal())
			return
		}
		require.Equal(t, exitSignal+int(syscall.SIGINT), ended.ExitCode())
	}
	require.Fail(t, "no second signal ended a run")
}

// interruptedTwice sends signals to a run that waits for an answer until it ended.
func interruptedTwice(t *testing.T) *os.ProcessState {
	t.Helper()
	hangs := make(chan struct{})
	url := serveRecording(t, hostility{"hangs", "ledger", 0}, sync.OnceFunc(func() { close(hangs) }))
	cmd := asProcess(t, os.DevNull, runAgainst(t, url)...)
	require.NoError(t, cmd.Start())
	select {
	case <-hangs: // what is under way has time to end after the first signal
	case <-time.After(patience):
		require.Fail(t, "nothing was read")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ended is looked at
	}()
	require.Eventually(t, func() bool {
		_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}, patience, 5*time.Millisecond)
	return cmd.ProcessState
}

// requireServesUntil checks that a signal is how serve ends, and no interruption.
func requireServesUntil(t *testing.T, by syscall.Signal) {
	t.Helper()
	cmd := asProcess(t, os.DevNull, "serve", "--store", "memory", "--listen", "127.0.0.1:0")
	var shown transcript
	cmd.Stderr = &shown
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return strings.Contains(shown.String(), "stop with") },
		patience, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(by))
	require.NoError(t, cmd.Wait(), shown.String())
}

// TestInterruptedJudge: judging a large file ends at once, without a verdict on half of it.
func TestInterruptedJudge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Equal(t, exitValid, invoke(t, demo("--out", dir)...).code)
	ctx, stop := context.WithCancelCause(t.Context())
	stop(exit.Interruption{By: syscall.SIGTERM})
	got := invocation{ctx: ctx}.end("judge", filepath.Join(dir, "history.jsonl"))
	require.Equal(t, ended{143, "", "idemcheck: interrupted by SIGTERM\n"}, got)
}

// TestInterruptedBeforeTheFirstCase: the default folder stays, since nothing was shown to be right.
func TestInterruptedBeforeTheFirstCase(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, stop := context.WithCancelCause(t.Context())
	require.Equal(t, exitValid, invoke(t, demo("--out", "drawn")...).code)
	stop(exit.Interruption{By: syscall.SIGINT})
	got := invocation{ctx: ctx}.end("replay", "drawn/plan.json", "--format", "json")
	require.Equal(t, 130, got.code)
	got.code = exitUnknown
	require.Contains(t, strings.Join(got.verdict(t).Reasons, "\n"), "interrupted")
	saved, err := filepath.Glob("idemcheck-out/2*/history.jsonl")
	require.NoError(t, err)
	require.Len(t, saved, 1)
}

// TestSecretsStaySecret looks into everything that a run leaves behind.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	fromEnv := spoilt(t, `"Bearer literal-secret-9f2c"`, `"Bearer ${PAY_TOKEN}"`)
	env := map[string]string{"PAY_TOKEN": literal}
	for _, written := range []string{minimal, fromEnv} {
		f := file(t, "idemcheck.yaml", written)
		for _, flaw := range []flaws{{}, {ignoresKeys: true}, {status: 403}} {
			for _, format := range session.Formats {
				dir := t.TempDir()
				got := invocation{t.Context(), env, nil}.run(t, brief("run", "-f", f, "--format", format,
					"--target", servePayments(t, flaw), "--cases", "4", "--out", dir)...)
				require.NotEmpty(t, got.out)
				requireNowhere(t, literal, got, dir)
			}
		}
	}
}

// requireNowhere checks that a secret is in no output and in no saved file.
func requireNowhere(t *testing.T, secret string, got ended, dir string) {
	t.Helper()
	require.NotContains(t, got.out+got.err, secret)
	count := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			count++
			require.NotContains(t, text(t, path), secret, path)
		}
		return err
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, count, 3)
}

func TestSecretInABrokenContractIsNotShown(t *testing.T) {
	f := file(t, "idemcheck.yaml", spoilt(t, "timeout:", "tmeout:"))
	got := invoke(t, "run", "-f", f)
	require.Equal(t, exitUsage, got.code)
	require.NotContains(t, got.err, literal)
}

// TestProgressIsForTerminals: a pipe gets none, and neither does whoever sets CI.
func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	got := invoke(t, demo("--out", t.TempDir())...)
	require.Equal(t, exitValid, got.code, got.out)
	require.Empty(t, got.err)
	require.NotContains(t, got.out, "\x1b")
	require.NotContains(t, got.out, "\r")

	ascii := invoke(t, demo("--ascii", "--bug", "key-ignored", "--out", t.TempDir())...)
	require.Equal(t, exitInvalid, ascii.code, ascii.err)
	for i, r := range ascii.out {
		require.Less(t, r, rune(128), "%q…", ascii.out[max(0, i-40):i])
	}
}

// TestInterruptedWhileDrawing: nothing was sent, and nobody waits for a plan.
func TestInterruptedWhileDrawing(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	over := make(chan ended, 1)
	go func() {
		over <- invocation{ctx: ctx}.end("demo", "--store", "memory", "--cases", "1000000",
			"--scenario", "no-fault-repeat", "--search", "random", "--out", runfolder.Nowhere)
	}()
	stop(exit.Interruption{By: syscall.SIGINT})
	select {
	case got := <-over:
		require.Equal(t, 130, got.code, got.err)
		require.Contains(t, got.err, "interrupted by SIGINT")
	case <-time.After(patience):
		require.Fail(t, "the plan is still being drawn")
	}
}
