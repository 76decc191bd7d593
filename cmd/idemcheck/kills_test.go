package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
)

// TestKills ends runs at random moments by INT, TERM and KILL. Where a signal can be caught the run
// ends by itself; nothing is left after the next start; every history can be read, and judging it
// gives no pass.
func TestKills(t *testing.T) {
	times, _ := kills()
	moments := rand.New(rand.NewPCG(1, 2))
	temp := t.TempDir()
	t.Run("all", func(t *testing.T) {
		for _, by := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
			for n := range times {
				after := time.Duration(moments.Int64N(int64(2500 * time.Millisecond)))
				t.Run(by.String()+"/"+strconv.Itoa(n), func(t *testing.T) {
					t.Parallel()
					k := killing{temp: temp, dir: t.TempDir()}
					k.kill(t, by, after)
					k.check(t)
				})
			}
		}
	})
	next := asProcess(t, os.DevNull,
		demo("--store", "sqlite", "--cases", "4", "--out", filepath.Join(temp, "out"))...)
	next.Env = append(next.Env, "TMPDIR="+temp)
	shown, err := next.CombinedOutput()
	require.NoError(t, err, "%s", shown)
	left, err := filepath.Glob(filepath.Join(temp, "idemcheck-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// killing is a run that is killed: its folder for temporary files and its own.
type killing struct{ temp, dir string }

// kill starts a run that would take long, and ends it a while after.
func (k killing) kill(t *testing.T, by syscall.Signal, after time.Duration) {
	t.Helper()
	cmd := asProcess(t, os.DevNull, append(endlessDemo("", k.dir), "--store", "sqlite")...)
	cmd.Env = append(cmd.Env, "TMPDIR="+k.temp)
	var shown transcript
	cmd.Stdout, cmd.Stderr = &shown, &shown
	require.NoError(t, cmd.Start())
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	select {
	case <-over:
		require.Fail(t, "the run ended by itself", shown.String())
	case <-time.After(after):
	}
	require.NoError(t, cmd.Process.Signal(by))
	limit := patience
	if _, promised := kills(); promised {
		limit = promisedEnd
	}
	select {
	case <-over: // how it ended is no matter: it may not have begun to listen
	case <-time.After(limit):
		_ = cmd.Process.Kill() // it did not end as promised, which fails the test
		<-over
		require.Fail(t, "the run goes on after "+by.String(), shown.String())
	}
}

// check reads what the run left in its folder.
func (k killing) check(t *testing.T) {
	t.Helper()
	for name, read := range map[string]func(string) error{
		"plan.json":    func(path string) error { _, err := files.LoadPlan(path); return err },
		"verdict.json": func(path string) error { _, err := files.LoadVerdict(path); return err },
		"history.jsonl": func(path string) error {
			return files.EachHistory(path, func(files.Header, *model.History) error { return nil })
		},
	} {
		if path := filepath.Join(k.dir, name); exists(path) {
			require.NoError(t, read(path))
		}
	}
	history := filepath.Join(k.dir, "history.jsonl")
	if !exists(history) {
		return // it was killed before it had begun
	}
	got := invoke(t, "judge", history)
	require.Equal(t, exitUnknown, got.code, got.out+got.err)
}

// exists reports whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
