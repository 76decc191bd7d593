package main

import (
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	forms "github.com/idemcheck/idemcheck/examples/go-forms"
)

// TestScripts runs testdata/script: what each verb does, as somebody types it and as he sees it.
func TestScripts(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Abs(filepath.Join("testdata", "histories"))
	require.NoError(t, err)
	reference, err := filepath.Abs(example("reference.yaml"))
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HISTORIES", histories)
			env.Setenv("REFERENCE", reference)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "service": serveTo, "example": serveExampleTo,
		},
	})
}

// exits runs a command and asks for its exit code: exits 1 idemcheck demo --bug key-ignored. What hangs
// on how busy the machine is may end in two ways: exits 1|2.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = failed.ExitCode(), nil
	}
	ts.Check(err)
	if !slices.Contains(strings.Split(args[0], "|"), strconv.Itoa(code)) {
		ts.Fatalf("the exit code is %d", code)
	}
	ended{code, ts.ReadFile("stdout"), ts.ReadFile("stderr")}.check(inScript{ts})
}

// serveTo serves a payment endpoint, and puts its URL into a variable: service URL, or service URL
// ignores-keys for one that is wrong; right-slowly takes some time for each operation.
func serveTo(ts *testscript.TestScript, neg bool, args []string) {
	kinds := map[string]flaws{
		"right":        {},
		"slow":         {takes: 400 * time.Millisecond},
		"ignores-keys": {ignoresKeys: true},
		"lets-nobody":  {status: 401},
		"html-ledger":  {ledger: "<html>please log in</html>"},
		"empty-ledger": {ledger: `{"payments": []}`},
		"other-ledger": {ledger: `{"items": []}`},
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: service VARIABLE KIND")
	}
	name, slow := strings.CutSuffix(args[1], "-slowly")
	kind, ok := kinds[name]
	if !ok {
		ts.Fatalf("there is no service %q", args[1])
	}
	h := &hardService{
		hard: hard{flaws: kind}, inner: newPayments(kind), tokens: map[string]time.Time{},
	}
	if slow { // so that copies meet there
		h.wait = 20 * time.Millisecond
	}
	server := httptest.NewServer(h)
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// serveExampleTo serves a service of the folder examples, and puts its URL into a variable: example URL
// python-session, or example URL python-session BROKEN=1 for one with its planted bug.
func serveExampleTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: example VARIABLE NAME [ENVIRONMENT...]")
	}
	name, env := args[1], args[2:]
	if name == "go-forms" {
		server := httptest.NewServer(forms.New(forms.Options{
			Password: "let-me-in", Life: time.Minute, Work: 5 * time.Millisecond,
			Late: slices.Contains(env, "BROKEN=1"),
		}))
		ts.Defer(server.Close)
		ts.Setenv(args[0], server.URL)
		return
	}
	command := map[string][]string{
		"python-session": {"python3", example(name, "server.py")},
		"node-jsonapi":   {"node", example(name, "server.js")},
	}[name]
	if command == nil {
		ts.Fatalf("there is no example %q", name)
	}
	at, end, err := startExample(command, env, os.Stderr)
	ts.Check(err)
	ts.Defer(end)
	ts.Setenv(args[0], at)
}

// inScript lets assertions fail a script.
type inScript struct{ *testscript.TestScript }

// Errorf implements require.TestingT.
func (s inScript) Errorf(format string, args ...any) { s.Logf(format, args...) }

// FailNow implements require.TestingT.
func (s inScript) FailNow() { s.Fatalf("it is not as it must be") }
