package lists

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLists(t *testing.T) {
	all := []int{3, 1, 3, 2, 1}
	require.Equal(t, []int{3, 3, 2}, Where(all, func(n int) bool { return n > 1 }))
	require.Equal(t, []string{"3", "1", "3", "2", "1"}, Map(all, strconv.Itoa))
	require.Equal(t, []int{3, 1, 2}, Distinct(all))
	require.Equal(t, []int{0, 1, 2, 0}, Flat([]int{3, 1}, func(n int) []int { return []int{0, 1, 2}[:n] }))
	require.Equal(t, []int{3, 1, 3, 2, 1}, all, "what they read stays as it was")
}

func TestListsOfNothingAreNil(t *testing.T) {
	require.Nil(t, Where([]int{1}, func(int) bool { return false }))
	require.Nil(t, Map(nil, strconv.Itoa))
	require.Nil(t, Distinct([]int{}))
	require.Nil(t, Flat([]int{1}, func(int) []int { return nil }))
}

func TestFirst(t *testing.T) {
	first, found := First([]int{1, 3, 2}, func(n int) bool { return n > 1 })
	require.Equal(t, 3, first)
	require.True(t, found)
	first, found = First([]int{1}, func(n int) bool { return n > 1 })
	require.Zero(t, first)
	require.False(t, found)
}
