package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestTwoRunsDoNotShareAFolder: the second says who is there and what to do, and writes nothing.
func TestTwoRunsDoNotShareAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hold, err := lease.Keep(dir)
	require.NoError(t, err)
	got := invoke(t, demo("--store", "memory", "--out", dir)...)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "the folder "+dir+" is in use by another run (process ")
	require.Contains(t, got.err, "next: wait for it, or give --out another folder")
	require.NoFileExists(t, filepath.Join(dir, "plan.json"))
	require.NoError(t, hold.Release())
	require.Equal(t, exitValid, invoke(t, demo("--store", "memory", "--out", dir)...).code)
	require.NoFileExists(t, filepath.Join(dir, ".lock"))
}

// TestWhatAnEarlierRunLeftIsKept: nothing is overwritten, and the report says where it is.
func TestWhatAnEarlierRunLeftIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := demo("--store", "memory", "--bug", "key-ignored", "--out", dir)
	require.Equal(t, exitInvalid, invoke(t, args...).code)
	plan := text(t, dir, "plan.json")
	for n := 1; n <= 2; n++ {
		got := invoke(t, args...)
		require.Equal(t, exitInvalid, got.code, got.err)
		require.Contains(t, got.out, "note: what was in the folder before is kept in")
		before, err := filepath.Glob(filepath.Join(dir, "before-*"))
		require.NoError(t, err)
		require.Len(t, before, n)
		require.Equal(t, plan, text(t, before[0], "plan.json"))
		require.FileExists(t, filepath.Join(before[0], "counterexample", "plan.json"))
	}
}

// TestLatest: it leads to the newest run, and takes nobody's place.
func TestLatest(t *testing.T) {
	t.Chdir(t.TempDir())
	latest := filepath.Join("idemcheck-out", "latest")
	for range 2 { // within one second: the second folder has a name of its own
		require.Equal(t, exitValid, invoke(t, demo("--store", "memory")...).code)
	}
	all, err := filepath.Glob(filepath.Join("idemcheck-out", "2*"))
	require.NoError(t, err)
	require.Len(t, all, 2)
	to, err := os.Readlink(latest)
	require.NoError(t, err)
	require.Contains(t, all, filepath.Join("idemcheck-out", to))
	_, err = files.LoadVerdict(filepath.Join(latest, "verdict.json"))
	require.NoError(t, err)

	require.NoError(t, os.Remove(latest))
	require.NoError(t, os.WriteFile(latest, []byte("mine"), 0o600))
	require.Equal(t, exitValid, invoke(t, demo("--store", "memory")...).code)
	require.Equal(t, "mine", text(t, latest))
}

// TestAVerdictThatCannotBeWritten: the error says what to do, and what was written stays readable.
func TestAVerdictThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	over := make(chan ended, 1)
	go func() { over <- invocation{ctx: ctx}.end(endlessDemo("", dir)...) }()
	begun(t, dir)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "verdict.json", "taken"), 0o700))
	stop(exit.Interruption{By: syscall.SIGINT})
	select {
	case got := <-over:
		require.Contains(t, got.err, "writing "+filepath.Join(dir, "verdict.json"))
		require.Contains(t, got.err, "next: give --out a folder that can be written and has room")
		require.Equal(t, 1, strings.Count(got.err, "next: "))
	case <-time.After(patience):
		require.Fail(t, "the run goes on")
	}
	judged := invoke(t, "judge", filepath.Join(dir, "history.jsonl"), "--format", "json").verdict(t)
	require.Equal(t, verdict.Unknown, judged.Verdict)
	require.GreaterOrEqual(t, judged.Judged.Cases, 10)
}

// TestAFolderThatCannotBeBegun is let go of, and whoever asked is told why.
func TestAFolderThatCannotBeBegun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &model.Plan{Cases: []model.Case{{Operations: []model.PlannedOperation{{
		Args: map[string]any{"bad": func() {}},
	}}}}}
	_, err := runfolder.Open(dir, true, p)
	require.ErrorContains(t, err, "encoding "+filepath.Join(dir, "plan.json"))
	hold, err := lease.Keep(dir)
	require.NoError(t, err)
	require.NoError(t, hold.Release())
}
