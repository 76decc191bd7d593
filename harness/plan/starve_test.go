package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// TestStarveDrawsPausesForEveryCase: others for each, the same for the same plan and name.
func TestStarveDrawsPausesForEveryCase(t *testing.T) {
	draw := func(seed uint64, name string) []uint64 {
		p := &model.Plan{Seed: seed, Cases: make([]model.Case, 100)}
		plan.Starve(p, name)
		var out []uint64
		for _, c := range p.Cases {
			out = append(out, c.Starve)
		}
		return out
	}
	first := draw(1, "a")
	seen := map[uint64]bool{}
	for _, n := range first {
		require.NotZero(t, n)
		seen[n] = true
	}
	require.Len(t, seen, 100)
	require.Equal(t, first, draw(1, "a"))
	require.NotEqual(t, first, draw(2, "a"))
	require.NotEqual(t, first, draw(1, "b"))
}
