package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/reference"
)

func TestAPassSaysWhatItIsWorth(t *testing.T) {
	t.Parallel()
	got := invoke(t, demo("--format", "json", "--out", "none")...)
	require.Equal(t, exitValid, got.code, got.err)
	c := got.verdict(t).Confidence
	require.NotNil(t, c)
	require.Equal(t, got.verdict(t).Judged.Cases, c.PerCase.Cases)
	require.Positive(t, c.PerFaultyCase.Cases)
	require.NotEmpty(t, c.Faults)
	require.Positive(t, c.Seeded.Found)
	require.Equal(t, c.Seeded.Of, c.Seeded.Found+len(c.Seeded.Missed))
	got = invoke(t, demo("--bug", "key-ignored", "--format", "json", "--out", "none")...)
	require.Nil(t, got.verdict(t).Confidence)
}

// TestHeldOutBugsAreMeasuredWhenNamed and not otherwise: what is committed must not hang on them.
func TestHeldOutBugsAreMeasuredWhenNamed(t *testing.T) {
	usual, err := subject.Chosen(nil, nil)
	require.NoError(t, err)
	measured := map[string]bool{}
	for _, s := range usual {
		measured[s.Name] = true
	}
	var bugs, named []string
	for _, b := range reference.Bugs() {
		require.Equal(t, b.HeldOut == "", measured[b.Name], b.Name)
		bugs = append(bugs, b.Name)
	}
	chosen, err := subject.Chosen(bugs, nil)
	require.NoError(t, err)
	for _, s := range chosen {
		named = append(named, s.Name)
	}
	require.Equal(t, bugs, named)
	one, err := subject.Chosen(bugs[:1], nil)
	require.NoError(t, err)
	require.Len(t, one, 1)
}
