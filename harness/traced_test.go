package harness_test

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/trace"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// parents runs a seed in virtual time and returns what a right service was told of traces, in order.
func parents(t *testing.T, seed uint64) []string {
	t.Helper()
	var mu sync.Mutex
	told := map[string]bool{}
	listening := till{func(r *http.Request, c coins) string {
		mu.Lock()
		defer mu.Unlock()
		told[r.Header.Get(trace.Header)] = true
		return c.Key
	}, byPath, 2 * time.Millisecond}
	res, err := harness.Try(t, harness.Suite{
		Contract: tillContract(t, func(*model.Contract) {}), Scenarios: named(t, "lost-answers"),
		Cases: 6, Seed: seed,
	}, listening.open())
	require.NoError(t, err)
	require.Equal(t, verdict.Valid, res.Verdict.Verdict)
	return slices.Sorted(maps.Keys(told))
}

// TestVirtualTimeTellsTheSameTraces in each run of a seed, and others in one of another seed.
func TestVirtualTimeTellsTheSameTraces(t *testing.T) {
	one := parents(t, 1)
	require.Greater(t, len(one), 6, "an operation of every case, and repeats")
	for _, parent := range one {
		require.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", parent)
	}
	require.Equal(t, one, parents(t, 1))
	other := parents(t, 2)
	require.False(t, slices.ContainsFunc(other, func(p string) bool { return slices.Contains(one, p) }))
}
