package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheVerdictSaysWhenAndWhere something was found, and what was sent to.
func TestTheVerdictSaysWhenAndWhere(t *testing.T) {
	t.Parallel()
	got := invoke(t, demo("--bug", "key-ignored", "--format", "json", "--out", t.TempDir())...)
	v := got.verdict(t)
	require.NotNil(t, v.First)
	require.Positive(t, v.First.After)
	require.Less(t, v.First.After, v.Duration)
	require.Contains(t, v.Runs[0].Target, "http://127.0.0.1:")
	order := map[int]int{}
	for _, one := range v.Violations {
		require.NotEmpty(t, one.Scenario)
		require.Positive(t, one.Found)
		order[one.Case] = one.Found
		if one.Found == 1 {
			require.Equal(t, []any{one.Case, one.Scenario}, []any{v.First.Case, v.First.Scenario})
		}
	}
	require.Contains(t, order, v.First.Case)
	require.NotContains(t, invoke(t, demo("--format", "json", "--out", t.TempDir())...).out, "first_finding")
}
