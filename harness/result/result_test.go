package result

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// three is a result with three counterexamples, the last of which has no history.
func three(t *testing.T) *campaign.RunResult {
	t.Helper()
	found := func(rule string, h *model.History) *shrink.Found {
		return &shrink.Found{Case: stub.Twice(), History: h, Violation: verdict.Violation{Rule: rule}}
	}
	return &campaign.RunResult{
		Verdict: verdict.New(),
		Plan:    &model.Plan{Schema: model.PlanSchema, Seed: 7, Contract: *stub.Contract(t)},
		Found:   found("duplicate-effect", &model.History{Seed: 7}),
		Further: []*shrink.Found{found("stuck-key", &model.History{}), found("lost-effect", nil)},
	}
}

// in is a shelf in a folder.
func in(dir string) Shelf {
	return Shelf{
		Plan: func(n int, rule string) string {
			return filepath.Join(dir, fmt.Sprintf("%s-%d.json", rule, n))
		},
		History: func(n int) string { return filepath.Join(dir, fmt.Sprintf("%d.jsonl", n)) },
		Line:    func(plan string) string { return "replay " + filepath.Base(plan) },
	}
}

func TestCounterexamplesAreKeptWithTheLinesThatReplayThem(t *testing.T) {
	dir, doc := t.TempDir(), reports.Document{}
	require.NoError(t, in(dir).Keep(&doc, three(t)))
	require.Equal(t, "replay duplicate-effect-1.json", doc.Replay)
	require.Equal(t, []string{"replay stuck-key-2.json", "replay lost-effect-3.json"}, doc.Replays)
	plan, err := files.LoadPlan(filepath.Join(dir, "stuck-key-2.json"))
	require.NoError(t, err)
	require.Equal(t, "stuck-key", plan.Rule)
	require.Len(t, plan.Cases, 1)
	require.FileExists(t, filepath.Join(dir, "2.jsonl"))
	require.NoFileExists(t, filepath.Join(dir, "3.jsonl"), "nothing was seen of it")
}

func TestWhatCannotBeKeptHasNoLine(t *testing.T) {
	dir, doc := t.TempDir(), reports.Document{}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "stuck-key-2.json"), 0o755))
	require.Error(t, in(dir).Keep(&doc, three(t)))
	require.Equal(t, "replay duplicate-effect-1.json", doc.Replay)
	require.Empty(t, doc.Replays)
}

func TestADocumentShowsTheCounterexampleThatStandsForTheResult(t *testing.T) {
	r := three(t)
	doc := Document(r, stub.Contract(t), "there")
	require.Equal(t, r.Found.History, doc.History)
	require.Equal(t, "there", doc.Target)
	r.Found, r.Further = nil, nil
	doc = Document(r, stub.Contract(t), "there")
	require.Nil(t, doc.Case)
	require.NoError(t, Shelf{}.Keep(&doc, r), "nothing is kept")
}
