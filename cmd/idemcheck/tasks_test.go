package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/taskpage"
)

// TestTaskPages runs the contracts of docs/tasks against the services that their pages name: as they are,
// and broken.
func TestTaskPages(t *testing.T) {
	python := func(folder string) func(*testing.T, ...string) string {
		return func(t *testing.T, env ...string) string { return servePython(t, folder, env...) }
	}
	for name, tc := range map[string]struct {
		serve  func(*testing.T, ...string) string
		broken []string
	}{
		"login":          {python("python-session"), []string{"BROKEN=1", "TOKEN_LIFE=0.1"}},
		"async":          {serveNode, []string{"BROKEN=1"}},
		"counterexample": {python("python-orders"), []string{"BROKEN=1"}},
		"nightly":        {python("python-orders"), []string{"BROKEN=1"}},
	} {
		page, err := taskpage.Contract(taskPage(name))
		require.NoError(t, err)
		contract := file(t, "idemcheck.yaml", string(page))
		for _, env := range [][]string{nil, tc.broken} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := invoke(t, brief("run", "-f", contract, "--cases", "32", "--target",
					tc.serve(t, env...), "--out", t.TempDir())...)
				want := exitValid
				if env != nil {
					want = exitInvalid
				}
				require.Equal(t, want, got.code, got.out+got.err)
			})
		}
	}
}

// TestThePageOfTraces runs its contract against the broken service: the trace that the report names is at
// the collector.
func TestThePageOfTraces(t *testing.T) {
	t.Parallel()
	page, err := taskpage.Contract(taskPage("traces"))
	require.NoError(t, err)
	collector, spans := collected(t)
	dir := t.TempDir()
	got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", string(page)), "--cases", "32", "--target",
		servePython(t, "python-orders", "BROKEN=1"), "--otlp", collector, "--out", dir)...)
	require.Equal(t, exitInvalid, got.code, got.out+got.err)
	_, traces := shownIn(t, spans())
	requireTraced(t, dir, got.out, traces)
}

// TestThePageOfLimits runs its contract against a slow and limited service, and one that ignores keys.
func TestThePageOfLimits(t *testing.T) {
	page, err := taskpage.Contract(taskPage("limits"))
	require.NoError(t, err)
	contract := file(t, "idemcheck.yaml", string(page))
	for ignores, want := range map[bool]int{false: exitValid, true: exitInvalid} {
		t.Run(strconv.FormatBool(ignores), func(t *testing.T) {
			t.Parallel()
			at := serveHard(t, hard{
				flaws: flaws{ignoresKeys: ignores}, wait: 100 * time.Millisecond, perSecond: 50,
			})
			i := invocation{ctx: t.Context(), env: map[string]string{"PAYMENTS_TOKEN": literal}}
			got := i.run(t, "run", contract, "--target", at, "--scenario", "no-fault-repeat,lost-answers",
				"--cases", "6", "--no-progress", "--out", t.TempDir())
			require.Equal(t, want, got.code, got.out+got.err)
		})
	}
}

// TestEveryTaskPageIsListed in the folder's first page, and there is no page that nobody wrote.
func TestEveryTaskPageIsListed(t *testing.T) {
	index, err := os.ReadFile(taskPage("README"))
	require.NoError(t, err)
	pages, err := filepath.Glob(taskPage("[a-z]*"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		require.Contains(t, string(index), "]("+filepath.Base(page)+")")
	}
}

// taskPage is the path of a page of docs/tasks.
func taskPage(name string) string { return filepath.Join("..", "..", "docs", "tasks", name+".md") }

// serveNode starts the example in Node on a free port and returns its URL.
func serveNode(t *testing.T, env ...string) string {
	t.Helper()
	return serveExample(t, []string{"node", example("node-jsonapi", "server.js")}, env)
}
