package kinds

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
)

func TestEveryKindIsPlanned(t *testing.T) {
	require.Len(t, faultKinds, len(fault.Kinds()))
	for i, info := range fault.Kinds() {
		require.Equal(t, info.Kind, faultKinds[i].kind, "rows are in the order of the words")
	}
}

// TestWaysAreDistinct: a way that is there twice is tried twice for nothing, and one that holds an
// address or a kind would be overwritten.
func TestWaysAreDistinct(t *testing.T) {
	inputs := Inputs{Timeout: time.Second, Points: []string{"p"}}
	for _, info := range fault.Kinds() {
		ways := Ways(info.Kind, inputs)
		require.NotEmpty(t, ways, info.Kind)
		for i, way := range ways {
			require.Zero(t, way.Kind, info.Kind)
			require.Zero(t, way.Attempt, info.Kind)
			for _, other := range ways[:i] {
				require.False(t, reflect.DeepEqual(way, other), "%s: %+v", info.Kind, way)
			}
		}
		for i := range ways {
			ways[i].Operation = "a" // who takes a way may change it
		}
		require.Empty(t, Ways(info.Kind, inputs)[0].Operation, info.Kind)
	}
}
