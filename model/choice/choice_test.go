package choice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/choice"
)

func TestASelection(t *testing.T) {
	var none *choice.Selection
	require.True(t, none.Has("a"))
	require.Equal(t, 1, none.Weight("a"))
	s := &choice.Selection{
		Include: []string{"a", "b"}, Exclude: []string{"b", "old"}, Weights: map[string]int{"a": 3},
	}
	require.True(t, s.Has("a"))
	require.False(t, s.Has("b"))
	require.False(t, s.Has("c"))
	require.False(t, s.Has("a", "old"))
	require.Equal(t, 3, s.Weight("new", "a"))
	require.Equal(t, 1, s.Weight("b"))
	s.Include = nil
	require.True(t, s.Has("c"))
}
