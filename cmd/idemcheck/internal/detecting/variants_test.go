package detecting_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/detect"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
)

// detected is what is seen of a reference service by its contract, in memory and in virtual time.
func detected(t *testing.T, s subject.KnownService) *detect.Findings {
	t.Helper()
	c := *s.Contract
	c.Target.URL, c.Target.MaxRate = "http://in.memory", 1_000_000
	ready, err := contract.Resolve(&c, os.LookupEnv)
	require.NoError(t, err)
	got, err := detect.Run(t.Context(), detect.Options{
		Contract: ready, Place: harness.Virtual(t, harness.Handler(func(*harness.Env) http.Handler {
			service, err := reference.New(reference.Options{
				Store: memory.New(), Work: 5 * time.Millisecond, Bug: s.Bug, Variant: s.Variant,
			})
			if err != nil {
				panic(err)
			}
			return service
		})),
	})
	require.NoError(t, err, s.Name)
	require.LessOrEqual(t, got.Requests, detect.MaxRequests, s.Name)
	return got
}

// otherwise names the lines in which a right variant promises something else than its dialect does;
// the others differ in nothing that is asked.
func otherwise() map[string][]string {
	return map[string][]string{
		"accepts-in-flight": {"promises.in_flight"},
		"acknowledges":      {"promises.replay"},
		"mismatch-replayed": {"promises.mismatch_answer"},
		"one-key-per-body":  {"promises.in_flight"},
	}
}

// TestRightVariantsAreAtNoDistance from their contracts, and from their dialects but for the lines
// in which they promise something else.
func TestRightVariantsAreAtNoDistance(t *testing.T) {
	all, err := subject.Variants()
	require.NoError(t, err)
	for _, s := range all {
		if s.Store != "memory" {
			continue
		}
		got := detected(t, s)
		require.Empty(t, got.Unknown, s.Name)
		require.Zero(t, got.Contract.Distance, "%s: %+v", s.Name, got.Contract)
		require.GreaterOrEqual(t, got.Contract.Alike, 10, s.Name)
		require.Equal(t, []string{s.Contract.Dialect}, got.Nearest, s.Name)
		require.Equal(t, otherwise()[s.Name], linesOf(got.Dialects[0]), s.Name)
	}
}

// linesOf lists the lines of somebody that are not as they were seen.
func linesOf(far detect.Distance) (out []string) {
	for _, d := range far.Differs {
		out = append(out, d.Line)
	}
	return out
}

// TestSeededBugsShowInTheirLine where they are seen at all.
func TestSeededBugsShowInTheirLine(t *testing.T) {
	seen := map[string]string{
		"marker-missing":           "promises.marker",
		"key-not-scoped-by-tenant": "key.scope",
		"key-not-scoped-by-route":  "key.scope",
		"in-flight-accepted":       "promises.in_flight",
		"missing-key-accepted":     "key.required",
		"refusal-not-stored":       "promises.errors",
		"empty-replay":             "promises.replay",
	}
	all, err := subject.Bugs()
	require.NoError(t, err)
	met := 0
	for _, s := range all {
		line, known := seen[s.Name]
		if !known && s.Name != "key-ignored" {
			continue
		}
		met++
		got := detected(t, s)
		if !known {
			require.Contains(t, got.Unknown, "no repeat was recognised by its key")
			require.Empty(t, got.Nearest)
			continue
		}
		require.Contains(t, linesOf(got.Contract), line, s.Name)
	}
	require.Equal(t, len(seen)+1, met)
}
