package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShowAFolder: that of a run, that of all runs, that of a counterexample, and that of a run which
// was killed before its verdict. Where there is none, the user is told so.
func TestShowAFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "run")
	first := invoke(t, demo("--bug", "key-ignored", "--out", dir)...)
	require.Equal(t, exitInvalid, first.code, first.out+first.err)
	require.NoError(t, os.Symlink("run", filepath.Join(root, "latest")))
	verdict := invoke(t, "show", filepath.Join(dir, "verdict.json"))
	require.Equal(t, verdict, invoke(t, "show", dir))
	shown := invoke(t, "show", root)
	require.Equal(t, exitInvalid, shown.code, shown.err)
	require.Contains(t, shown.out, filepath.Join("latest", "counterexample", "plan.json"))

	require.NoError(t, os.Remove(filepath.Join(dir, "verdict.json")))
	for _, folder := range []string{dir, filepath.Join(dir, "counterexample")} {
		shown := invoke(t, "show", folder)
		require.Equal(t, exitInvalid, shown.code, shown.err)
		require.Contains(t, shown.out, "key-ignored")
	}
	none := invoke(t, "show", t.TempDir())
	require.Equal(t, exitUsage, none.code)
	require.Contains(t, none.err, "it holds no run")
}

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
