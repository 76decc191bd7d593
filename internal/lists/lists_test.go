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
	require.Equal(t, []int{3, 1, 3, 2, 1}, all, "what they read stays as it was")
}

func TestListsOfNothingAreNil(t *testing.T) {
	require.Nil(t, Where([]int{1}, func(int) bool { return false }))
	require.Nil(t, Map(nil, strconv.Itoa))
	require.Nil(t, Distinct([]int{}))
}
