package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reference"
)

// TestJudgeAgain: a saved history holds all that the verdict was made of.
func TestJudgeAgain(t *testing.T) {
	t.Parallel()
	for bug, code := range map[string]int{"": exitValid, "key-ignored": exitInvalid} {
		dir := t.TempDir()
		first := invoke(t, demo("--keep-going", "--bug", bug, "--format", "json", "--out", dir)...)
		require.Equal(t, code, first.code, first.out+first.err)
		again := invoke(t, "judge", filepath.Join(dir, "history.jsonl"), "--format", "json")
		was := first.verdict(t)
		was.Counterexample = nil // judging alone sends nothing, so it makes nothing smaller
		was.Further, was.First, was.Untried = nil, nil, nil
		for i := range was.Violations {
			was.Violations[i].Found = 0 // nor when it was seen
		}
		was.Confidence = nil // a saved history does not say how its plan was drawn
		was.Runs, was.Duration = nil, 0
		require.Equal(t, was, again.verdict(t))

		plain := invoke(t, "judge", filepath.Join(dir, "history.jsonl"))
		require.Equal(t, code, plain.code)
		require.Contains(t, plain.out, strings.ToUpper(string(was.Verdict)))
	}
}

func TestListText(t *testing.T) {
	for what, name := range map[string]string{
		"scenarios": "lost-answers", "rules": "duplicate-effect", "faults": "late-arrival",
		"bugs": "check-then-act", "variants": "forgets-soon", "dialects": "stripe",
	} {
		got := invoke(t, "list", what)
		require.Equal(t, exitValid, got.code, got.err)
		require.Contains(t, got.out, name)
		require.Contains(t, got.out, strings.ToUpper(strings.TrimSuffix(what, "s")))
		machine := invoke(t, "list", what, "--format", "json")
		var entries []map[string]any
		require.NoError(t, json.Unmarshal([]byte(machine.out), &entries), machine.out)
		table, decisions, _ := strings.Cut(strings.TrimSpace(got.out), "\n\n")
		require.Len(t, entries, strings.Count(table, "\n"), "header and entries")
		require.Equal(t, what == "rules", strings.Contains(decisions, "FIRST"), decisions)
	}
}

func TestListBugsJSON(t *testing.T) {
	got := invoke(t, "list", "bugs", "--format", "json")
	var listed []struct {
		Name, Mistake string
		Rules         []string
		HeldOut       string `json:"held_out"`
	}
	dec := json.NewDecoder(strings.NewReader(got.out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&listed))
	known := map[string]bool{}
	for _, r := range judge.Rules() {
		known[r.ID] = true
	}
	require.Len(t, listed, len(reference.Bugs()))
	for i, b := range reference.Bugs() {
		require.Equal(t, b.Name, listed[i].Name)
		require.NotEmpty(t, listed[i].Mistake)
		require.NotEmpty(t, listed[i].Rules)
		require.Equal(t, b.HeldOut, listed[i].HeldOut)
		for _, r := range listed[i].Rules {
			require.True(t, known[r], "%s breaks %s, which is no rule", b.Name, r)
		}
	}
}

func TestExplainEveryRule(t *testing.T) {
	for _, r := range judge.Rules() {
		got := invoke(t, "explain", r.ID)
		require.Equal(t, exitValid, got.code, got.err)
		require.Contains(t, got.out, r.ID)
		require.Greater(t, strings.Count(got.out, "\n"), 10, r.ID)
	}
}

func TestHelpHasExamples(t *testing.T) {
	root := newCommand(&app{})
	names := [][]string{nil}
	for _, c := range root.Commands() {
		names = append(names, []string{c.Name()})
	}
	require.Greater(t, len(names), 8)
	for _, name := range names {
		got := invoke(t, append(name, "--help")...)
		require.Equal(t, exitValid, got.code)
		require.Contains(t, got.out, "Examples:\n  idemcheck", name)
		require.Empty(t, got.err)
	}
	require.Equal(t, invoke(t, "--help").out, invoke(t).out)
}

// quoted is a word of a shell that is quoted.
var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

// TestExamplesInHelpParse keeps the examples from naming flags that do not exist.
func TestExamplesInHelpParse(t *testing.T) {
	root := newCommand(&app{})
	for _, c := range append(root.Commands(), root) {
		for line := range strings.Lines(strings.ReplaceAll(c.Example, "\\\n", "")) {
			words, _, _ := strings.Cut(quoted.ReplaceAllString(line, "TEXT"), "#")
			words, _, _ = strings.Cut(words, ">")
			requireParses(t, strings.Fields(words)[1:])
		}
	}
}

func requireParses(t *testing.T, words []string) {
	t.Helper()
	root := newCommand(&app{})
	c, rest, err := root.Find(words)
	require.NoError(t, err)
	require.NotSame(t, root, c, words)
	require.NoError(t, c.ParseFlags(rest), words)
	require.NoError(t, validArgs(c), words)
}

func validArgs(c *cobra.Command) error { return c.ValidateArgs(c.Flags().Args()) }
