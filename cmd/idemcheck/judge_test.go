package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// validHistory is the text of the history of a valid run.
func validHistory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	got := invoke(t, demo("--store", "memory", "--out", dir)...)
	require.Equal(t, exitValid, got.code, got.out+got.err)
	require.Equal(t, exitValid, invoke(t, "judge", filepath.Join(dir, "history.jsonl")).code)
	return text(t, dir, "history.jsonl")
}

// judged is the verdict on a history file.
func judged(t *testing.T, content string) verdict.Verdict {
	t.Helper()
	return invoke(t, "judge", file(t, "history.jsonl", content), "--format", "json").verdict(t)
}

// TestJudgeDoesNotTurnAnInterruptionIntoAPass: wherever the file of a valid run ends too soon, its
// verdict is unknown and says after how many cases.
func TestJudgeDoesNotTurnAnInterruptionIntoAPass(t *testing.T) {
	t.Parallel()
	whole := validHistory(t)
	lines := strings.SplitAfter(whole, "\n")
	for i := 1; i < len(lines)-1; i += 1 + len(lines)/12 {
		at := len(strings.Join(lines[:i], ""))
		for _, size := range []int{at, at + len(lines[i])/2} {
			v := judged(t, whole[:size])
			require.Equal(t, verdict.Unknown, v.Verdict, "cut at %d", size)
			require.Regexp(t, `the run was interrupted after \d+ of \d+ cases`, strings.Join(v.Reasons, "\n"))
		}
	}
	missing := strings.Join(append(lines[:3:3], lines[4:]...), "")
	v := judged(t, missing)
	require.Equal(t, verdict.Unknown, v.Verdict)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "is left out: it says that")
}

// TestJudgeRefusesWhatItCannotUnderstand: no panic, no stack, and what is wrong with which line.
func TestJudgeRefusesWhatItCannotUnderstand(t *testing.T) {
	t.Parallel()
	for _, event := range []string{`{"kind":"effect"}`, `{"kind":"fault"}`} {
		whole := text(t, "testdata", "histories", "keyless-same-body.history.jsonl")
		got := invoke(t, "judge", file(t, "history.jsonl", whole+`{"event":`+event+"}\n"))
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.err, "line ")
		require.Contains(t, got.err, "next: run again, or judge what came before")
	}
}

// TestSavedCasesOfOlderVersionsAreJudged: they have no end line.
func TestSavedCasesOfOlderVersionsAreJudged(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob(filepath.Join("testdata", "histories", "*.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, path := range all {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(content), `{"end":`)
		v := invoke(t, "judge", path, "--format", "json").verdict(t)
		require.NotContains(t, strings.Join(v.Reasons, "\n"), "interrupted", path)
	}
}
