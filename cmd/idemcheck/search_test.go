package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
)

func TestAGuidedRunSavesThePlanThatGrew(t *testing.T) {
	for _, search := range []plan.Search{plan.Guided, plan.Random} {
		dir := t.TempDir()
		got := invoke(t, "demo", "--store", "memory", "--seed", "4", "--cases", "16", "--search",
			string(search), "--scenario", "no-fault-repeat,lost-answers", "--out", dir)
		require.Equal(t, exitValid, got.code, got.out+got.err)
		saved, err := files.LoadPlan(filepath.Join(dir, "plan.json"))
		require.NoError(t, err)
		require.Len(t, saved.Cases, 16)
		require.Zero(t, saved.Novelty)
		novel := 0
		for _, c := range saved.Cases {
			if c.Scenario == plan.Novel {
				novel++
			}
		}
		require.Equal(t, search == plan.Guided, novel == 4, "%s: %d novel cases", search, novel)
		require.Contains(t, got.out, "16 cases")
	}
}

func TestTheCatalogueExplainsNovelCases(t *testing.T) {
	require.Contains(t, invoke(t, "list", "scenarios").out, plan.NovelScenario().Reason)
}
