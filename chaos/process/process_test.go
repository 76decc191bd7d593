//go:build linux

package process

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/value"
)

// shell is a service that is a script, ready when it has written a file.
func shell(t *testing.T, script string, change func(*Options)) *Process {
	t.Helper()
	dir := t.TempDir()
	o := Options{
		Start:  launch.Start{Command: []string{"sh", "-c", script}, Dir: dir},
		Record: filepath.Join(dir, "record"),
		Probe: func(context.Context) error {
			_, err := os.Stat(filepath.Join(dir, "ready"))
			return err
		},
	}
	if change != nil {
		change(&o)
	}
	p := New(o)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// started starts a script and returns the number that it wrote to a file.
func started(t *testing.T, p *Process, file string) int {
	t.Helper()
	require.NoError(t, p.Start(t.Context()))
	text, err := os.ReadFile(filepath.Join(p.o.Start.Dir, file))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return pid
}

// gone reports whether a process runs no more, whoever has yet to take note of its end.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(state), ") Z ")
}

const withChild = "sleep 600 & echo $! > child; : > ready; wait"

func TestAllThatWasStartedIsEnded(t *testing.T) {
	for name, script := range map[string]string{
		"a child":                       withChild,
		"a child of a group of its own": "setsid sleep 600 & echo $! > child; : > ready; wait",
		"a child that was left":         "sleep 600 & echo $! > child; : > ready; sleep 600",
		"whoever is deaf to SIGTERM":    "trap '' TERM; " + withChild + "; sleep 600",
	} {
		p := shell(t, script, func(o *Options) {
			o.Start.Stop = &launch.Stop{Within: value.Duration(300 * time.Millisecond)}
		})
		child := started(t, p, "child")
		require.False(t, gone(child), name)
		require.NoError(t, p.Close(), name)
		require.Eventually(t, func() bool { return gone(child) }, 10*time.Second, time.Millisecond, name)
		require.NoFileExists(t, p.o.Record, name)
	}
}

func TestItIsStartedAgain(t *testing.T) {
	p := shell(t, "echo $$ > pid; echo $$ >> all; : > ready; exec sleep 600", nil)
	first := started(t, p, "pid")
	require.NoError(t, p.Kill())
	how, err := p.Ended(time.Minute)
	require.NoError(t, err)
	require.Equal(t, "signal: killed", how)
	require.NotEqual(t, first, started(t, p, "pid"))
	require.Error(t, syscall.Kill(first, 0))
}

func TestAServiceThatIsNotReady(t *testing.T) {
	late := func(o *Options) {
		o.Start.Ready = &launch.Ready{Within: value.Duration(100 * time.Millisecond)}
	}
	for script, says := range map[string]string{
		"echo one; echo two >&2; exit 7": "ended before it was ready: exit status 7; " +
			"its last lines were:\none\ntwo",
		"exec sleep 600": "was not ready within 100ms",
	} {
		p := shell(t, script, late)
		err := p.Start(t.Context())
		failed, is := errors.AsType[*FailedError](err)
		require.True(t, is, err)
		require.ErrorContains(t, failed, says)
		require.NotEmpty(t, p.Gone(), "nothing runs")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, shell(t, "exec sleep 600", nil).Start(ctx), context.Canceled)
}

// TestSweep ends what a record tells of, and nobody who has only its number.
func TestSweep(t *testing.T) {
	p := shell(t, withChild, nil)
	child := started(t, p, "child")
	text, err := os.ReadFile(p.o.Record)
	require.NoError(t, err)
	var told record
	require.NoError(t, json.Unmarshal(text, &told))

	stranger := exec.CommandContext(t.Context(), "sleep", "600")
	require.NoError(t, stranger.Start())
	began, err := identity(stranger.Process.Pid)
	require.NoError(t, err)
	for name, r := range map[string]record{
		"another label":     {stranger.Process.Pid, began, "0123"},
		"another beginning": {told.PID, "1", "0123"},
		"nothing started":   {0, "", "0123"},
		"no label":          {stranger.Process.Pid, began, ""},
	} {
		file := filepath.Join(t.TempDir(), "record")
		half, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, half, 0o600))
		require.NoError(t, Sweep(file), name)
		require.NoFileExists(t, file, name)
		require.False(t, gone(stranger.Process.Pid) || gone(child), name)
	}
	require.NoError(t, Sweep(p.o.Record))
	require.Eventually(t, func() bool { return gone(child) && gone(told.PID) }, 10*time.Second, time.Millisecond)
	require.NoError(t, Sweep(p.o.Record), "there is none any more")
	require.False(t, gone(stranger.Process.Pid))
	require.NoError(t, stranger.Process.Kill())
	_ = stranger.Wait() // it was killed
}

func TestTheEndOfTheOutputIsKept(t *testing.T) {
	var o output
	for range 40 {
		n, err := o.Write(make([]byte, 100<<10))
		require.NoError(t, err)
		require.Equal(t, 100<<10, n)
	}
	_, _ = o.Write([]byte("\nlast\n"))
	require.Len(t, o.all(), kept)
	require.True(t, strings.HasSuffix(o.tail(), "\nlast"))
}
