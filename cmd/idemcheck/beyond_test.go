package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/ours"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/reference"
)

// TestBeyondTheWire: whoever looks for a bug that a run over TCP cannot show is told so before the
// run, and is not given a pass.
func TestBeyondTheWire(t *testing.T) {
	t.Parallel()
	for _, bug := range []string{"claim-lost-at-restart", "key-never-expires", "keys-by-calendar-day"} {
		got := invoke(t, demo("--bug", bug, "--out", t.TempDir())...)
		require.Equal(t, exitUnknown, got.code, got.out+got.err)
		require.True(t, strings.HasPrefix(got.err, "note: a run over TCP cannot show "+bug), got.err)
		require.Contains(t, got.err, ours.FoundBy(bug))
		require.Contains(t, strings.Join(strings.Fields(got.out), " "), ours.FoundBy(bug))

		machine := invoke(t, demo("--bug", bug, "--format", "json", "--out", t.TempDir())...)
		v := machine.verdict(t)
		require.Len(t, v.Reasons, 1)
		require.Nil(t, v.Confidence, "what is not a pass is worth nothing")
	}
}

// TestTheCommandNamedFindsThem runs what the note says, for one bug of each condition, and every day
// of one condition: that all of them are found by it with that seed is asked by the calibration in CI.
func TestTheCommandNamedFindsThem(t *testing.T) {
	checked, conditions := map[string]bool{}, sweep.Of(1, len(ours.Conditions))
	for _, b := range reference.Bugs() {
		if b.HeldOut != "" {
			require.Contains(t, ours.Beyond(b.Name), b.HeldOut)
			continue
		}
		if b.Needs == "" {
			require.Empty(t, ours.Beyond(b.Name))
			continue
		}
		require.NotEmpty(t, ours.Conditions[b.Needs], b.Needs)
		if checked[b.Needs] || len(checked) == conditions {
			continue
		}
		words := strings.Fields(ours.FoundBy(b.Name))
		got := invoke(t, append(words[1:], "--no-progress")...)
		require.Equal(t, exitValid, got.code, got.err)
		require.Contains(t, got.out, "found with every seed: 1 of 1 bugs", b.Name)
		checked[b.Needs] = true
	}
	require.Len(t, checked, conditions)
	require.Empty(t, ours.Beyond(""))
}
