package house

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// heavy lists what a user's "go test" with the harness must not be made to compile. Toxiproxy's toxics
// and streams are light; its server is not.
var heavy = []string{
	"github.com/testcontainers", "github.com/docker", "github.com/moby", "github.com/containerd",
	"github.com/jackc/pgx", "modernc.org/sqlite", "github.com/go-sql-driver", "database/sql",
	"github.com/prometheus", "github.com/spf13", "mvdan.cc/sh", "github.com/getkin",
	"github.com/emersion", "go.opentelemetry.io", "google.golang.org", module + "/reference", module + "/cmd",
}

// unasked is what a test does without unless it asks for it: what begins a contract, and what reads
// databases.
var unasked = []string{
	"harness/observe/query",
	"harness/contract/meaning", "harness/contract/shown", "harness/contract/draft",
	"harness/contract/curl", "harness/contract/guess", "harness/contract/openapi",
	"harness/contract/har",
}

// observers read what the service does not list; the command alone opens them.
var observers = []string{"harness/observe/remote", "harness/observe/sink"}

// TestALibraryUserCompilesNothingHeavy asks the go command, because what our imports import counts too.
func TestALibraryUserCompilesNothingHeavy(t *testing.T) {
	deps := dependencies(t, libraries(t)...)
	require.Contains(t, deps, module+"/model", "the list is not one of dependencies")
	for _, d := range deps {
		for _, prefix := range heavy {
			if within(d, prefix) {
				t.Errorf("a go test with harness and scenarios compiles %s", d)
			}
		}
		if d == "github.com/Shopify/toxiproxy/v2" {
			t.Errorf("a go test with harness and scenarios compiles Toxiproxy's server")
		}
	}
}

// TestHeavyNamesWhatTheCommandCompiles keeps the list from rotting: a misspelt row would forbid nothing.
func TestHeavyNamesWhatTheCommandCompiles(t *testing.T) {
	deps := dependencies(t, "./chaos/container", "./reference/...", "./harness/contract/curl",
		"./harness/contract/openapi", "./cmd/idemcheck/internal/origins", "./harness/observe/sink",
		"./harness/observe/remote", "./cmd/idemcheck/internal/traces")
	for _, prefix := range []string{
		"github.com/testcontainers", "github.com/moby", "github.com/docker", "github.com/containerd",
		"github.com/jackc/pgx", "modernc.org/sqlite", "github.com/go-sql-driver", "database/sql",
		module + "/reference",
		"mvdan.cc/sh", "github.com/getkin", "github.com/prometheus", "github.com/emersion",
		"go.opentelemetry.io", "google.golang.org",
	} {
		require.Contains(t, heavy, prefix)
		require.True(t, slices.ContainsFunc(deps, func(d string) bool { return within(d, prefix) }), prefix)
	}
}

// libraries lists what users of the harness may import.
func libraries(t *testing.T) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "./harness/...", "./scenarios/...")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	return slices.DeleteFunc(strings.Fields(string(out)), func(path string) bool {
		return slices.ContainsFunc(slices.Concat(unasked, observers), func(s string) bool {
			return within(path, module+"/"+s)
		})
	})
}

func dependencies(t *testing.T, patterns ...string) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, patterns...)...)
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}
