package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/scenarios"
)

// bridged is the variable that tells TestBridged which bug to have ("none" for no bug).
const bridged = "IDEMCHECK_BRIDGED"

// TestBridged is what a team's own test looks like: alone it checks the right service. The tests below
// run it in processes and folders of their own, with a seeded bug.
func TestBridged(t *testing.T) {
	bug := os.Getenv(bridged)
	if bug == "none" {
		bug = ""
	}
	promised, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	all := scenarios.HTTP()
	harness.Check(t, harness.Suite{Contract: promised, Scenarios: all, Cases: 4 * len(all)},
		harness.Handler(func(env *harness.Env) http.Handler {
			return service(t, bug, harness.Keep(env, "store", func() store.Store { return memory.New() }))
		}))
}

func service(t *testing.T, bug string, s store.Store) http.Handler {
	t.Helper()
	svc, err := reference.New(reference.Options{Bug: bug, Store: s, Work: 2 * time.Millisecond})
	require.NoError(t, err)
	return svc
}

// inMemory runs TestBridged and returns its output, its exit code and its folder.
func inMemory(t *testing.T, env ...string) (out string, code int, dir string) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.v", "-test.run=^TestBridged$")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), env...)
	all, err := cmd.CombinedOutput()
	if err != nil {
		require.NotNil(t, cmd.ProcessState, "%v", err)
	}
	return string(all), cmd.ProcessState.ExitCode(), cmd.Dir
}

func TestAPlanFoundInMemoryReplaysOverTheWire(t *testing.T) {
	t.Parallel()
	out, code, dir := inMemory(t, bridged+"=check-then-act")
	require.Equal(t, 1, code, out)
	plans, err := filepath.Glob(filepath.Join(dir, "testdata", "idemcheck", "TestBridged", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, plans)
	slices.Reverse(plans) // the first finding has no number in its name
	require.NotContains(t, text(t, plans[0]), "alpha-token", "no secret is saved")
	for bug, says := range map[string]string{
		"check-then-act": "of 9 replays broke ", // a busy machine may miss the race now and then
		"":               "FIXED: 9 of 9 replays are clean",
	} {
		server := httptest.NewServer(service(t, bug, nil))
		defer server.Close()
		got := invocation{ctx: t.Context(), env: map[string]string{
			"ALPHA_TOKEN": "alpha-token", "BETA_TOKEN": "beta-token",
		}}.run(t, "replay", "--target", server.URL, plans[0], "--times", "9", "--out", t.TempDir())
		require.Contains(t, got.out, says, got.err)
	}
}

func TestAPlanFoundOverTheWireReplaysInMemory(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := invoke(t, demo("--bug", "check-then-act", "--out", folder,
		"--scenario", "concurrent-duplicates", "--cases", "24", "--parallel", "4")...)
	require.Equal(t, exitInvalid, first.code, first.out+first.err)
	plan := harness.ReplayVariable + "=" + filepath.Join(folder, "counterexample", "plan.json")

	out, code, _ := inMemory(t, plan, bridged+"=check-then-act")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "FAILED: 5 of 5 replays broke ")
	out, code, _ = inMemory(t, plan, bridged+"=none")
	require.Equal(t, 0, code, out)
	require.Contains(t, out, "FIXED: 5 of 5 replays are clean")
}
