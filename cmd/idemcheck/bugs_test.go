package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestEverySeededBugIsFound: by one of the rules it breaks, as a small counterexample that replays. Some
// bugs need luck with time, so fewer cases run side by side and replays are more than usual.
func TestEverySeededBugIsFound(t *testing.T) {
	for _, b := range reference.Bugs() {
		if b.Needs != "" {
			continue // no instance is killed on the wire, and nobody waits for a day
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			requireFound(t, b)
		})
	}
}

func requireFound(t *testing.T, b reference.Bug) {
	dir, hunt := t.TempDir(), meantFor(b)
	require.NotEmpty(t, hunt, "no scenario is meant to see %v broken", b.Rules)
	got := invoke(t, "demo", "--bug", b.Name, "--store", "memory", "--format", "json", "--seed", "1",
		"--scenario", strings.Join(hunt, ","), "--cases", strconv.Itoa(12*len(hunt)), "--out", dir,
		"--parallel", "16")
	require.Equal(t, exitInvalid, got.code, got.out+got.err)
	v := got.verdict(t)
	smallest := v.Counterexample
	require.NotNil(t, smallest, got.out)
	require.Contains(t, b.Rules, smallest.Rule)
	require.Contains(t, rules(v), smallest.Rule)
	require.LessOrEqual(t, smallest.Operations, 3)
	require.LessOrEqual(t, smallest.Faults, 2)

	plan := filepath.Join(dir, "counterexample", "plan.json")
	require.Equal(t, plan, smallest.Plan)
	requireReplays(t, plan)
}

// requireReplays checks that at least four of five replays break the rule. A machine that others
// keep busy may spoil two of five, but not three times over.
func requireReplays(t *testing.T, plan string) {
	t.Helper()
	var again ended
	for range 3 {
		again = invoke(t, "replay", plan, "--times", "5", "--parallel", "1", "--format", "json",
			"--out", t.TempDir())
		if found := again.verdict(t).Counterexample; found != nil && found.Reproduced >= 4 {
			require.Equal(t, exitInvalid, again.code)
			return
		}
	}
	require.Fail(t, "fewer than 4 of 5 replays broke the rule", again.out+again.err)
}

// meantFor lists the scenarios that are meant to see a rule broken that a bug breaks.
func meantFor(b reference.Bug) []string {
	var out []string
	for _, s := range scenarios.HTTP() {
		if slices.ContainsFunc(b.Rules, func(r string) bool { return slices.Contains(s.Rules, r) }) {
			out = append(out, s.Name)
		}
	}
	return out
}
