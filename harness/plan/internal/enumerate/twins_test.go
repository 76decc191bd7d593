package enumerate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan/scenario"
)

// TestTwinsMeet: the smallest cases of twins come in turn first, and each comes at one instant too.
func TestTwinsMeet(t *testing.T) {
	space := payments(t)
	for _, shape := range []scenario.Shape{scenario.Tenants, scenario.Routes} {
		clients := map[string][]int{} // of the second operations, by the types of both
		for _, c := range space.Candidates([]scenario.Scenario{{Name: "twins", Shape: shape}}, 1000) {
			ops := space.Build(&c).Operations
			require.Len(t, ops, 2)
			require.Zero(t, ops[0].Client)
			require.Zero(t, ops[1].After)
			of := ops[0].Type + ops[1].Type
			if shape == scenario.Routes {
				of = min(of, ops[1].Type+ops[0].Type) // diced which comes first
			}
			clients[of] = append(clients[of], ops[1].Client)
		}
		require.Greater(t, len(clients), 1)
		for of, second := range clients {
			require.Equal(t, []int{0, 1}, second, of)
		}
	}
}
