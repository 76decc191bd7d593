package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// The exit codes, as the tests of the command call them.
const (
	exitValid   = exit.Valid
	exitInvalid = exit.Invalid
	exitUnknown = exit.Unknown
	exitUsage   = exit.BadUsage
	exitFailed  = exit.Failed
	exitSignal  = exit.Signal
)

// ended is what one invocation of the command left behind.
type ended struct {
	code     int
	out, err string
}

// invoke runs the command in this process, with nothing in its environment.
func invoke(t *testing.T, args ...string) ended {
	t.Helper()
	return invocation{ctx: t.Context(), bubbles: t}.run(t, args...)
}

// invocation says how to run the command; env is its whole environment.
type invocation struct {
	ctx     context.Context
	env     map[string]string
	bubbles *testing.T
}

// run runs the command and checks what holds however it ends.
func (i invocation) run(t *testing.T, args ...string) ended {
	t.Helper()
	e := i.end(args...)
	e.check(t)
	return e
}

// end runs the command, in any goroutine.
func (i invocation) end(args ...string) ended {
	var out, errs transcript
	lookup := func(name string) (string, bool) { v, ok := i.env[name]; return v, ok }
	args = append([]string{}, args...) // cobra takes nil for "as the process was called"
	code := run(i.ctx, args, terminal.Streams{
		Out: &out, Err: &errs, Env: lookup, Bubbles: i.bubbles, Program: "idemcheck",
	})
	return ended{code, out.String(), errs.String()}
}

// check requires that no stack is shown to a user, ever, and that what could not be done leaves
// standard output to those who parse it.
func (e ended) check(t require.TestingT) {
	for _, stack := range []string{"panic: ", "goroutine 1", "runtime error", ".go:"} {
		require.NotContains(t, e.out+e.err, stack)
	}
	mistaken := strings.Contains(e.out, "the contract does not describe the service")
	if e.code == exitUsage && !mistaken || e.code == exitFailed {
		require.Empty(t, e.out)
		require.True(t, strings.HasPrefix(e.err, "idemcheck: "), e.err)
	}
}

// verdict reads standard output as exactly one verdict.
func (e ended) verdict(t *testing.T) verdict.Verdict {
	t.Helper()
	var v verdict.Verdict
	dec := json.NewDecoder(strings.NewReader(e.out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&v), "%s\n%s", e.out, e.err)
	_, err := dec.Token()
	require.ErrorIs(t, err, io.EOF, "more than one document: %s", e.out)
	require.Equal(t, exit.Of(v), e.code)
	return v
}

// transcript is a buffer that may be read while the command writes.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *transcript) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// file writes a file of its own for a test and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// text reads a whole file.
func text(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(content)
}
