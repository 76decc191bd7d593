package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/reference"
)

// calibration calibrates with one bug.
func calibration(more ...string) []string {
	return append([]string{
		"calibrate", "--bug", "key-ignored", "--seeds", "1", "--cases", "24", "--mixed", "--no-times",
	}, more...)
}

func TestCalibrateAgainstABaseline(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "baseline.json")
	first := invoke(t, calibration("--format", "json", "--out", file)...)
	require.Equal(t, exitValid, first.code, first.err)
	require.Empty(t, first.out+first.err)
	again := invoke(t, calibration("--format", "json", "--baseline", file)...)
	require.Equal(t, exitValid, again.code, again.err)
	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(saved), again.out, "the same bytes")

	// A baseline that found a bug with a budget that no longer finds it stands for a tool that became worse.
	found := strings.ReplaceAll(string(saved), "key-ignored", "key-truncated")
	require.NoError(t, os.WriteFile(file, []byte(found), 0o600))
	worse := invoke(t, "calibrate", "--bug", "key-truncated", "--seeds", "1", "--cases", "3", "--mixed",
		"--baseline", file)
	require.Equal(t, exitInvalid, worse.code, worse.err)
	require.Contains(t, worse.err, "WORSE: key-truncated is no longer found with seed 1")
}

func TestCalibrateRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--bug", "check-then-akt"}, `did you mean "check-then-act"?`},
		{[]string{"--variant", "strip"}, `there is no right variant "strip"; there are`},
		{[]string{"--world", "moon"}, `--world "moon" is none of memory, wire`},
		{[]string{"--format", "html"}, `--format "html" is none of text, json, baseline, markdown, bugs`},
		{[]string{"--format", "bugs"}, "--format bugs writes a folder of pages, which --out must name"},
		{[]string{"--starved", "--world", "wire"}, "--starved pauses in virtual time"},
		{[]string{"--seeds", "0"}, "--seeds must be at least 1"},
		{[]string{"--cases", "-1"}, "cannot be negative"},
		{[]string{"--baseline", "nowhere.json"}, "reading a calibration"},
		{[]string{"--world", "wire", "--baseline", "committed"}, "was measured in the memory world"},
	} {
		got := invoke(t, append([]string{"calibrate"}, c.args...)...)
		require.Equal(t, exitUsage, got.code, got.err)
		require.Contains(t, got.err, c.says)
	}
}

func TestExplainABug(t *testing.T) {
	t.Parallel()
	got := invoke(t, "explain", "check-then-act")
	require.Equal(t, exitValid, got.code, got.err)
	require.Contains(t, got.out, "# check-then-act")
	require.Contains(t, got.out, "## Smallest known counterexample")
	got = invoke(t, "explain", "check-then-akt")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "nor is it a seeded bug")
}

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
	all, err := subject.All()
	require.NoError(t, err)
	usual, err := (&calibrateFlags{}).chosen(slices.Clone(all))
	require.NoError(t, err)
	measured := map[string]bool{}
	for _, s := range usual {
		measured[s.Name] = true
	}
	for _, b := range reference.Bugs() {
		require.Equal(t, b.HeldOut == "", measured[b.Name], b.Name)
		named, err := (&calibrateFlags{bugs: []string{b.Name}}).chosen(slices.Clone(all))
		require.NoError(t, err)
		require.Len(t, named, 1, b.Name)
	}
}
