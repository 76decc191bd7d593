package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestPlanIn(t *testing.T) {
	whole := &model.Plan{Seed: 7, Novelty: 3, Cases: make([]model.Case, 5)}
	found := &shrink.Found{
		Case: model.Case{Index: 2}, Violation: verdict.Violation{Rule: "stuck-key"}, Reproduced: 1, Replays: 5,
	}
	require.Equal(t, &model.Plan{
		Seed: 7, Rule: "stuck-key", Reproduced: 1, Replays: 5, Cases: []model.Case{{Index: 2}},
	}, found.PlanIn(whole))
	require.Len(t, whole.Cases, 5)
	require.Equal(t, 3, whole.Novelty)
}

// TestReplayNote: clean replays show that something is fixed only as far as the counterexample came up
// in replays when it was found.
func TestReplayNote(t *testing.T) {
	found := func(v verdict.Result) *RunResult { return &RunResult{Verdict: verdict.Verdict{Verdict: v}} }
	again := func(times int) *RunResult {
		return &RunResult{Found: &shrink.Found{
			Violation: verdict.Violation{Rule: "stuck-key"}, Reproduced: times, Replays: 3,
		}}
	}
	plan := func(reproduced, replays int) *model.Plan {
		return &model.Plan{
			Rule: "stuck-key", Reproduced: reproduced, Replays: replays, Cases: make([]model.Case, 3),
		}
	}
	for _, c := range []struct {
		want   string
		plan   *model.Plan
		result *RunResult
	}{
		{"FIXED: 3 of 3 replays are clean", plan(5, 5), found(verdict.Valid)},
		{"FIXED: 3 of 3 replays are clean", plan(0, 0), found(verdict.Valid)},
		{
			"FIXED: 3 of 3 replays are clean (when it was found, 2 of 5 broke the rule: more replays say more)",
			plan(2, 5), found(verdict.Valid),
		},
		{
			"NOT SEEN: it did not happen again (nor in 5 replays when it was found): " +
				"3 clean replays do not show that it is fixed",
			plan(0, 5), found(verdict.Valid),
		},
		{"ERROR: the replay could not be judged", plan(0, 5), found(verdict.Unknown)},
		{"CHANGED: no replay broke stuck-key, and some broke another rule", plan(0, 5), found(verdict.Invalid)},
		{"FLAKY: 1 of 3 replays broke stuck-key", plan(0, 5), again(1)},
		{"FAILED: 3 of 3 replays broke stuck-key", plan(5, 5), again(3)},
	} {
		require.Equal(t, c.want, ReplayNote(c.plan, c.result))
	}
}
