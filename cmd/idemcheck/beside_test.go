package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// crossing is what a report says of a key that works alone.
const crossing = "only beside operations with other keys: most likely another key's write loses this one's " +
	"record (cross-key interference). Alone: 0 of "

// TestAKeyLostToItsNeighbourIsTold, on the wire, and what was saved shows it again.
func TestAKeyLostToItsNeighbourIsTold(t *testing.T) {
	t.Parallel()
	dir, v := besideOthers(t, sweep.Of(hunts, 2*hunts))
	require.NotNil(t, v.Counterexample.Interference, "%v", v.Counterexample)
	require.True(t, v.Counterexample.Interference.Lost)

	again := invoke(t, "replay", filepath.Join(dir, "counterexample", "plan.json"), "--times", "5",
		"--no-progress", "--out", "none")
	require.Equal(t, exitInvalid, again.code, again.out)
	require.Contains(t, strings.Join(strings.Fields(again.out), " "), crossing)
}

// besideOthers runs a service whose keys lose each other's records until the report says so, with at most
// so many seeds: a machine that stands still may keep two operations apart that must meet.
func besideOthers(t *testing.T, seeds int) (dir string, v verdict.Verdict) {
	t.Helper()
	for seed := range seeds {
		dir = t.TempDir()
		got := invoke(t, "demo", "--bug", "keys-in-one-document", "--store", "memory",
			"--scenario", "concurrent-clients", "--cases", "60", "--seed",
			strconv.Itoa(seed+1), "--format", "json", "--no-progress", "--out", dir)
		v = got.verdict(t)
		require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
		if v.Counterexample.Interference != nil {
			break
		}
	}
	return dir, v
}

// TestAKeyLostToItsNeighbourIsToldInMemory does the same where each case has a service of its own.
func TestAKeyLostToItsNeighbourIsToldInMemory(t *testing.T) {
	t.Parallel()
	out, code, _ := inMemory(t, bridged+"=keys-in-one-document")
	require.NotZero(t, code, out)
	require.Contains(t, strings.Join(strings.Fields(out), " "), crossing)
}
