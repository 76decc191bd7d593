package campaign

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// forgetful makes a bench lose its key with the answer to a first attempt.
func (b *bench) forgetful() {
	b.world.Lost = func(a chaos.Attempt, key string) {
		if a.Number == 1 {
			b.Forget(key)
		}
	}
}

func TestShrinkingFindsTheSmallestCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		b.forgetful()
		var saved []*model.History
		b.Save = func(h *model.History) error { saved = append(saved, h); return nil }
		b.Parallel = 1
		var phases []string
		b.Progress = func(p Progress) { phases = append(phases, p.Phase) }
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		requireSmallest(t, res)
		require.Len(t, saved, 2, "the case, and the smallest one")
		require.Same(t, res.Found.History, saved[1])
		require.Contains(t, phases, "shrink")
	})
}

// requireSmallest checks that only one operation is left, whose first answer is lost.
func requireSmallest(t *testing.T, res *RunResult) {
	t.Helper()
	smallest := *res.Verdict.Counterexample
	require.NotNil(t, smallest.Shrinking)
	require.Equal(t, verdict.Size{Operations: 3, Attempts: 12, Faults: 4}, smallest.Shrinking.From)
	require.GreaterOrEqual(t, smallest.Shrinking.Tried, smallest.Shrinking.Rounds)
	require.Positive(t, smallest.Shrinking.Rounds)
	require.Positive(t, smallest.Shrinking.Elapsed)
	smallest.Shrinking = nil
	require.Equal(t, verdict.Counterexample{
		Operations: 1, Attempts: 3, Faults: 1, Reproduced: 5, Replays: 5, Rule: "duplicate-effect",
		Message: "3 attempts of operation b left 2 charge effects instead of one",
		Case:    res.Found.Case.Index, Scenario: "test",
		Declared: model.State{res.Found.History.Operations[0].Resources[0] + ".balance": int64(999)},
		Traces:   map[string]string{"b": res.Found.History.Operations[0].Trace},
	}, smallest)
	c := res.Found.Case
	require.Equal(t, "b", c.Operations[0].ID)
	require.Equal(t, 0, c.Operations[0].Client)
	require.Zero(t, c.Operations[0].Attempts[0].After)
	require.Equal(t, map[string]any{"account": "account-2", "amount": int64(1)}, c.Operations[0].Args)
	require.Equal(t, []model.Resource{{Name: "account-2", Type: "account"}}, c.Resources)
	require.Equal(t, []fault.Fault{
		{Kind: fault.ResponseLost, Operation: "b", Attempt: 1, Mode: fault.Close},
	}, c.Faults)
	require.Equal(t, "duplicate-effect", res.Found.Violation.Rule)
	require.Equal(t, []string{"b"}, res.Found.Violation.Operations)
	require.Len(t, res.Found.History.Operations, 1)
}

func TestShrinkingKeepsThePinnedRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		b.forgetful()
		b.hollow() // so that every smaller case breaks hollow-answer
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		rules := map[string]bool{}
		for _, v := range res.Verdict.Violations {
			rules[v.Rule] = true
		}
		require.True(t, rules["hollow-answer"] && rules["duplicate-effect"], rules)
		requireSmallest(t, res)
	})
}

func TestNotShrinkingReportsTheCaseItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		b.forgetful()
		b.ShrinkBudget = -1
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, stub.Crowded(), res.Found.Case)
		require.Equal(t, 5, res.Found.Reproduced)
		require.Equal(t, 5, res.Found.Replays)
	})
}

func TestAViolationThatNeverComesBackIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		var lost atomic.Bool
		b.world.Lost = func(a chaos.Attempt, key string) {
			if a.Number == 1 && !lost.Swap(true) {
				b.Forget(key)
			}
		}
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Equal(t, "duplicate-effect", res.Found.Violation.Rule)
		require.Equal(t, stub.Crowded(), res.Found.Case)
		require.NotNil(t, res.Found.History)
		require.Zero(t, res.Found.Reproduced)
		require.Equal(t, 5, res.Found.Replays)
		require.Equal(t, "duplicate-effect", res.Verdict.Counterexample.Rule)
	})
}

func TestTheRuleOfTheRunIsPinned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		var lost atomic.Int32
		b.world.Lost = func(a chaos.Attempt, key string) {
			if a.Number == 1 && lost.Add(1) > 1 { // the run itself does not forget, replays do
				b.Forget(key)
			}
		}
		b.hollow()
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, "hollow-answer", res.Verdict.Violations[0].Rule)
		require.Equal(t, "hollow-answer", res.Found.Violation.Rule)
		require.Len(t, res.Found.Case.Operations, 1)
		require.Empty(t, res.Found.Case.Faults)
	})
}

func TestTheMostTellingAndSmallestCaseIsShrunkFirst(t *testing.T) {
	big, small := stub.Crowded(), stub.Charging([]model.PlannedAttempt{{}})
	bad := func(name string, c model.Case, rules ...string) *trial.Trial {
		c.Scenario = name
		v := verdict.New()
		v.Verdict = verdict.Invalid
		for _, rule := range rules {
			v.Violations = append(v.Violations, verdict.Violation{Rule: rule, Level: verdict.LevelViolation})
		}
		return &trial.Trial{Case: c, Verdict: v, History: &model.History{}}
	}
	w := &swept{results: []*trial.Trial{
		nil,
		{Case: small, Verdict: verdict.New()},
		bad("third", big, "stuck-key"),
		bad("second", small, "stuck-key", "hollow-answer"),
		bad("first", big, "duplicate-effect", "stuck-key"),
	}}
	var order []string
	for _, o := range w.invalid() {
		order = append(order, o.Case.Scenario)
	}
	require.Equal(t, []string{"first", "second", "third"}, order)
}

func TestACaseThatReproducesIsPreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small := stub.Charging([]model.PlannedAttempt{{Repeat: true}, {Repeat: true}}, fault.Fault{
			Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close,
		})
		b := newBench(stub.Contract(t), small, stub.Crowded())
		b.KeepGoing = true
		var once atomic.Bool
		b.world.Lost = func(a chaos.Attempt, key string) {
			if a.Number == 1 && (a.Operation == "b" || !once.Swap(true)) {
				b.Forget(key)
			}
		}
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, 1, res.Found.Case.Index)
		requireSmallest(t, res)
	})
}
