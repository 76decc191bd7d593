package main

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
)

// killsVariable asks for every hang, and for that many kills by each signal, and asserts the seconds
// that are promised. Without it a few are tried, and nothing is asserted about time.
const killsVariable = "IDEMCHECK_KILLS"

// promisedEnd is how long a command runs on at most after a signal or a spent budget.
const promisedEnd = 3 * time.Second

// kills is how many kills by each signal are asked for; false when the variable is not set.
func kills() (int, bool) {
	n, err := strconv.Atoi(os.Getenv(killsVariable))
	return max(n, 1), err == nil
}

// TestHangs: whatever an endpoint does not answer and however, an interruption or a spent budget ends
// the run, with a report.
func TestHangs(t *testing.T) {
	if _, all := kills(); !all {
		for _, where := range []string{"operation", "setup", "ledger", "read"} {
			t.Run(where, func(t *testing.T) { interruptHang(t, hostility{"hangs", where, 20}) })
		}
		t.Run("budget", func(t *testing.T) { spendOnHang(t, hostility{"hangs", "ledger", 20}) })
		return
	}
	for how := range hostilities() {
		for _, where := range []string{"operation", "setup", "ledger", "read"} {
			for _, after := range []int64{0, 20} {
				h := hostility{how, where, after}
				name := how + "/" + where + "/" + strconv.FormatInt(after, 10)
				t.Run(name+"/interrupted", func(t *testing.T) { interruptHang(t, h) })
				t.Run(name+"/budget", func(t *testing.T) { spendOnHang(t, h) })
			}
		}
	}
}

// hangingRun are the arguments of a run against a hostile endpoint.
func hangingRun(t *testing.T, h hostility, more ...string) []string {
	t.Helper()
	return append(runAgainst(t, serveHostile(t, h)), more...)
}

// runAgainst are the arguments of a run against an endpoint.
func runAgainst(t *testing.T, url string) []string {
	t.Helper()
	return []string{
		"run", "-f", file(t, "idemcheck.yaml", minimal), "--target", url,
		"--seed", "3", "--cases", "200", "--out", t.TempDir(), "--no-progress",
	}
}

// interruptHang interrupts a run a while after its endpoint began to be hostile.
func interruptHang(t *testing.T, h hostility) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	args := hangingRun(t, h)
	over := make(chan ended, 1)
	go func() { over <- invocation{ctx: ctx}.end(args...) }()
	select {
	case got := <-over: // an endless answer need not be a hang
		got.check(t)
		return
	case <-time.After(promisedEnd / 2):
	}
	stop(exit.Interruption{By: syscall.SIGINT})
	got := endsSoon(t, over)
	require.Equal(t, 130, got.code, got.out+got.err)
	require.Contains(t, got.out, "the run was interrupted by SIGINT")
}

// spendOnHang gives a run a budget that it spends on hangs. Who found a violation goes on shrinking
// it while nothing hangs, within a bound of its own.
func spendOnHang(t *testing.T, h hostility) {
	t.Parallel()
	const budget = 2 * time.Second
	args := hangingRun(t, h, "--budget", budget.String())
	over := make(chan ended, 1)
	go func() { over <- invocation{ctx: t.Context()}.end(args...) }()
	select {
	case got := <-over:
		got.check(t)
		return
	case <-time.After(budget):
	}
	spent := time.Now()
	got := endsWithin(t, over, patience)
	require.NotEqual(t, exitValid, got.code, got.out+got.err)
	if _, promised := kills(); promised && got.code != exitInvalid {
		require.Less(t, time.Since(spent), promisedEnd)
	}
}

// endsSoon waits for the end of a command after a signal.
func endsSoon(t *testing.T, over <-chan ended) ended {
	t.Helper()
	limit := patience
	if _, promised := kills(); promised {
		limit = promisedEnd
	}
	return endsWithin(t, over, limit)
}

// endsWithin waits for the end of a command.
func endsWithin(t *testing.T, over <-chan ended, limit time.Duration) ended {
	t.Helper()
	select {
	case got := <-over:
		got.check(t)
		return got
	case <-time.After(limit):
		require.Fail(t, "the run goes on")
		return ended{}
	}
}
