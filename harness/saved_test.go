package harness_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
)

// keyless never looks at the key, while on is set. It counts its instances.
func keyless(on *atomic.Bool, instances *atomic.Int32) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		instances.Add(1)
		s := newTinyIn(env)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.Load() {
				r.Header.Del("Idempotency-Key")
			}
			s.ServeHTTP(w, r)
		})
	})
}

// TestSavedCasesComeFirst: what was found once is run before anything is drawn, and said so.
func TestSavedCasesComeFirst(t *testing.T) {
	inFolder(t)
	var wrong atomic.Bool
	var instances atomic.Int32
	wrong.Store(true)
	suite := tinySuite(t)
	message, err := harness.CheckMessage(t, suite, keyless(&wrong, &instances))
	require.NoError(t, err)
	require.NotContains(t, message, "SAVED:")
	files, err := filepath.Glob(filepath.Join("testdata", "idemcheck", t.Name(), "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	saved := files[0]
	before, err := os.ReadFile(saved)
	require.NoError(t, err)
	drawn := instances.Swap(0)

	message, err = harness.CheckMessage(t, suite, keyless(&wrong, &instances))
	require.NoError(t, err)
	require.Contains(t, strings.Join(strings.Fields(message), " "),
		"SAVED: "+saved+" breaks "+strings.TrimSuffix(filepath.Base(saved), ".json")+
			" again, and no case was drawn")
	require.Contains(t, message, harness.ReplayLine(t.Name(), saved))
	require.Less(t, instances.Load(), drawn, "only the saved case and a warm-up")
	after, err := os.ReadFile(saved)
	require.NoError(t, err)
	require.Equal(t, before, after, "what is saved stays as it is")

	wrong.Store(false)
	instances.Store(0)
	message, err = harness.CheckMessage(t, suite, keyless(&wrong, &instances))
	require.NoError(t, err)
	require.Empty(t, message)
	require.Greater(t, instances.Load(), int32(suite.Cases), "all cases are drawn then")
}

// TestASavedCaseThatDoesNotFitIsLeftOut: neither a contract that has changed nor a file that cannot
// be read keeps a test from running.
func TestASavedCaseThatDoesNotFitIsLeftOut(t *testing.T) {
	inFolder(t)
	var wrong atomic.Bool
	var instances atomic.Int32
	wrong.Store(true)
	_, err := harness.CheckMessage(t, tinySuite(t), keyless(&wrong, &instances))
	require.NoError(t, err)
	folder := filepath.Join("testdata", "idemcheck", t.Name())
	require.NoError(t, os.WriteFile(filepath.Join(folder, "cut.json"), []byte("{"), 0o600))

	wrong.Store(false)
	renamed := tinySuite(t)
	renamed.Contract.Operations["give"] = renamed.Contract.Operations["pay"]
	delete(renamed.Contract.Operations, "pay")
	message, err := harness.CheckMessage(t, renamed, keyless(&wrong, &instances))
	require.NoError(t, err)
	require.Empty(t, message)
}

// FuzzSaved fuzzes a handler that is right, unless a test runs it.
func FuzzSaved(f *testing.F) {
	var wrong atomic.Bool
	wrong.Store(os.Getenv("IDEMCHECK_INNER") != "")
	harness.Fuzz(f, tinySuite(f), keyless(&wrong, new(atomic.Int32)))
}

// TestFuzzRunsSavedCasesFirst: whatever input found them.
func TestFuzzRunsSavedCasesFirst(t *testing.T) {
	folder := t.TempDir()
	out, code := rerunIn(t, folder, "FuzzSaved", "IDEMCHECK_INNER=1")
	require.Equal(t, 1, code, out)
	require.NotContains(t, out, "SAVED:")
	require.FileExists(t, filepath.Join(folder, "testdata", "idemcheck", "FuzzSaved", "duplicate-effect.json"))

	out, code = rerunIn(t, folder, "FuzzSaved", "IDEMCHECK_INNER=1")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "SAVED: testdata/idemcheck/FuzzSaved/duplicate-effect.json")

	out, code = rerunIn(t, folder, "FuzzSaved")
	require.Equal(t, 0, code, out)
	require.Contains(t, out, "the saved cases of testdata/idemcheck/FuzzSaved came first: 2, valid")
}
