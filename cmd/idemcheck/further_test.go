package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoMistakesGiveTwoCounterexamples: each is saved, shown, and replayed by the command that is
// shown; the first one has the names that it always had.
func TestTwoMistakesGiveTwoCounterexamples(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), servePayments(t, flaws{ignoresKeys: true, keyless: true})
	args := []string{
		"run", "-f", file(t, "idemcheck.yaml", minimal), "--target", target, "--seed", "3",
		"--scenario", "no-fault-repeat,malformed-keys", "--cases", "24",
	}
	got := invoke(t, append(args, "--out", dir)...)
	require.Equal(t, exitInvalid, got.code, got.out+got.err)
	require.Contains(t, got.out, "further counterexamples")
	shown := invoke(t, "show", filepath.Join(dir, "verdict.json"))
	require.Equal(t, exitInvalid, shown.code, shown.err)
	v := invoke(t, "show", filepath.Join(dir, "verdict.json"), "--format", "json").verdict(t)
	require.Len(t, v.Further, 1)
	require.ElementsMatch(t, []string{"key-ignored", "key-required"},
		[]string{v.Counterexample.Rule, v.Further[0].Rule})
	require.Equal(t, filepath.Join(dir, "counterexample", "plan.json"), v.Counterexample.Plan)

	second := filepath.Join(dir, "counterexample-2", "plan.json")
	require.Equal(t, second, v.Further[0].Plan)
	require.FileExists(t, v.Further[0].History)
	for _, out := range []string{got.out, shown.out} {
		require.Contains(t, strings.Join(strings.Fields(out), " "), "2. "+v.Further[0].Rule+": ")
		require.Contains(t, out, "idemcheck replay "+second)
	}
	again := invoke(t, "replay", second, "--target", target, "--out", dir)
	require.Equal(t, exitInvalid, again.code, again.out+again.err)
	require.Contains(t, again.out, "FAILED: 3 of 3 replays broke "+v.Further[0].Rule)
	require.NoFileExists(t, second, "it is moved aside with what belongs to it")
}
