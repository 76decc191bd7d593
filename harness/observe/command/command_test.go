//go:build unix

package command

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// printedBy are the items that a command prints for the resource "a 1".
func printedBy(ctx context.Context, c source.Command) (out []any, err error) {
	err = Items(c).Items(ctx, map[string]any{"id": "a 1"}, func(item any) error {
		out = append(out, item)
		return nil
	})
	return out, err
}

func TestLinesAreItems(t *testing.T) {
	for name, tt := range map[string]struct {
		run  []string
		want []any
		says string
	}{
		"lines": {[]string{"printf", `{{"n": 1}}\n{{"n": 2}}\n`}, []any{
			map[string]any{"n": json.Number("1")}, map[string]any{"n": json.Number("2")},
		}, ""},
		"nothing":         {[]string{"true"}, nil, ""},
		"no shell":        {[]string{"printf", `"%s"`, "$HOME; {id}"}, []any{"$HOME; a 1"}, ""},
		"the environment": {[]string{"sh", "-c", `echo "\"$TOKEN\""`}, []any{"t"}, ""},
		"garbage": {
			[]string{"printf", `{{"n": 1}}\nTotal: 1`},
			nil,
			"item 2 that printf printed is no JSON",
		},
		"half an item": {[]string{"printf", `{{"n": 1`}, nil, "item 1 that printf printed is no JSON"},
		"a failure": {
			[]string{"sh", "-c", "echo {{}}; echo no such table >&2; exit 3"},
			nil,
			"exit status 3: no such table",
		},
		"no such program": {[]string{"./no-such-program"}, nil, "running ./no-such-program"},
		"a name unknown":  {[]string{"echo", "{no}"}, nil, "there is no value for {no}"},
		"too much":        {[]string{"yes", "{{}}"}, nil, "yes printed more than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := printedBy(t.Context(), source.Command{
				Run: tt.run, Env: map[string]string{"TOKEN": "t"}, Timeout: value.Duration(time.Minute),
			})
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// TestWhatHangsIsKilled with everything that it started.
func TestWhatHangsIsKilled(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	_, err := printedBy(t.Context(), source.Command{
		Run:     []string{"sh", "-c", "sleep 600 & echo $! > " + pid + "; wait"},
		Timeout: value.Duration(500 * time.Millisecond),
	})
	require.EqualError(t, err, "sh did not end within 500ms (timeout) and was killed")
	text, err := os.ReadFile(pid)
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(child) }, 10*time.Second, 10*time.Millisecond)
}

// gone reports whether a process runs no more, whoever has yet to take note of its end.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(state), ") Z ")
}

// TestWhoeverStopsTheRunStopsTheCommand.
func TestWhoeverStopsTheRunStopsTheCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := printedBy(ctx, source.Command{Run: []string{"sleep", "600"}})
	require.ErrorIs(t, err, context.Canceled)
}
