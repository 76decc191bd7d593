package sequential_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sequential"
)

const ours = "github.com/idemcheck/idemcheck/"

func TestWhatMayStartAGoroutine(t *testing.T) {
	for code, want := range map[string]string{
		`func f() { go f() }`: "go",
		`import "sync"; func f() { new(sync.WaitGroup).Go(f) }`:             "Go",
		`import "context"; func f() { context.AfterFunc(nil, f) }`:          "AfterFunc",
		`import "testing"; func f(t *testing.T) { t.Parallel() }`:           "Parallel",
		`import "testing/synctest"`:                                         "testing/synctest",
		`import "example.com/never/seen"`:                                   "example.com/never/seen",
		`import web "net/http"; var client web.Client`:                      "web.Client",
		`import "net/http/httptest"; var s = httptest.NewServer(nil)`:       "httptest.NewServer",
		`import "net"; var l, err = net.Listen("tcp", ":0")`:                "net.Listen",
		`import "os/exec"; var err = exec.Command("true").Start()`:          "Start",
		`import "net/http"; var h = http.Header{"A": nil}`:                  "",
		`import "os/exec"; var out, err = exec.Command("true").Output()`:    "",
		`import "sync"; var f = sync.OnceFunc(func() {})`:                   "",
		`import "` + ours + `model"; type case_ struct{ model.Case }`:       "",
		`import "net/http/httptest"; var answer = httptest.NewRecorder()`:   "",
		`import "encoding/json"; func f() { _ = json.Unmarshal(nil, nil) }`: "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p; "+code, 0)
		require.NoError(t, err, code)
		require.Equal(t, want, sequential.Concurrent(file), code)
	}
}

// TestTheTree asks of this module: what starts goroutines, in its own files or in tests or in what it
// imports, is not among those that are tried without the race detector.
func TestTheTree(t *testing.T) {
	list, err := exec.CommandContext(t.Context(), "go", "list", "-test", "-deps",
		"-json=ImportPath,Dir,GoFiles,CgoFiles,Imports,Module", ours+"...").Output()
	require.NoError(t, err)
	found, err := sequential.Packages(bytes.NewReader(list))
	require.NoError(t, err)
	for _, path := range []string{"model", "harness/plan/internal/draw", "harness/observe/intake"} {
		require.Contains(t, found, ours+path)
	}
	for path, why := range map[string]string{
		"harness/files":          "reads histories side by side",
		"model/judge":            "its tests judge side by side",
		"harness/internal/saved": "imports what does",
		"reference/memory":       "its tests import what does",
		"harness/campaign":       "runs cases side by side",
		"cmd/idemcheck":          "runs all of it",
		"chaos/wire":             "listens",
	} {
		require.NotContains(t, found, ours+path, why)
	}
}

func TestAListThatIsNone(t *testing.T) {
	_, err := sequential.Packages(strings.NewReader("{"))
	require.ErrorContains(t, err, "reading the list of packages")
	gone := `{"ImportPath":"a","Dir":"/gone","GoFiles":["a.go"],"Module":{"Main":true}}
{"ImportPath":"a.test","Imports":["a"],"Module":{"Main":true}}`
	_, err = sequential.Packages(strings.NewReader(gone))
	require.ErrorContains(t, err, "looking for goroutines")
}
