package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
)

// TestVerdictSaysWhatRan: tool, target and time are in verdict.json, and what was measured.
func TestVerdictSaysWhatRan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := invoke(t, demo("--bug", "key-ignored", "--out", dir)...)
	require.Equal(t, exitInvalid, got.code, got.err)
	v, err := files.LoadVerdict(filepath.Join(dir, "verdict.json"))
	require.NoError(t, err)
	require.Len(t, v.Runs, 1)
	require.Equal(t, thisBuild().Version, v.Runs[0].Tool)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, v.Runs[0].Target)
	require.False(t, v.Runs[0].Started.IsZero())
	require.Positive(t, v.Duration)
	without, with := v.Latency.WithoutFaults, v.Latency.WithFaults
	require.GreaterOrEqual(t, without.Attempts+with.Attempts, v.Judged.Attempts)
	require.LessOrEqual(t, without.P50, without.P90)
	require.LessOrEqual(t, without.P99, without.Max)
	require.Positive(t, without.P50)

	line := "latency p50/p90/p99/max: "
	require.Contains(t, got.out, line)
	shown := invoke(t, "show", filepath.Join(dir, "verdict.json"))
	require.Contains(t, shown.out, line)
	first := func(text string) string { return strings.Join(strings.SplitN(text, "\n", 3)[:1], "\n") }
	require.Equal(t, first(got.out), first(shown.out))
}

// TestNoUserInTheTarget: a password in a URL would not be sent, so it is refused, and not printed.
func TestNoUserInTheTarget(t *testing.T) {
	t.Parallel()
	const password = "open-sesame-71"
	at := strings.Replace(servePayments(t, flaws{}), "http://", "http://somebody:"+password+"@", 1)
	for _, args := range [][]string{
		{"-f", file(t, "idemcheck.yaml", minimal), "--target", at},
		{"-f", file(t, "idemcheck.yaml", spoilt(t, "http://127.0.0.1:9", at))},
		{"-f", file(t, "idemcheck.yaml", spoilt(t, "url: http://127.0.0.1:9", "url: "+at+"\n  bad: 1"))},
		{"-f", file(t, "idemcheck.yaml", minimal), "--toxiproxy", at},
	} {
		got := invoke(t, append([]string{"run", "--no-progress", "--out", "none"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.err)
		require.NotContains(t, got.out+got.err, password)
	}
}
