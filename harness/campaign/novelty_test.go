package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// growing is a bench whose plan has room for more cases, and that records what was saved.
func growing(t *testing.T, novelty int) (*bench, *[]int) {
	t.Helper()
	b := newBench(stub.Contract(t),
		stub.Charging([]model.PlannedAttempt{{Repeat: true}, {Repeat: true}},
			fault.Fault{Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close}),
		stub.Charging([]model.PlannedAttempt{{}}),
	)
	b.Plan.Novelty = novelty
	var saved []int
	b.Grow = func(p *model.Plan) error { saved = append(saved, len(p.Cases)); return nil }
	b.Save = func(h *model.History) error {
		if h.Case >= 2 {
			require.NotEmpty(t, saved, "no case runs before the plan that holds it was saved")
			require.Less(t, h.Case, saved[len(saved)-1])
		}
		return nil
	}
	b.Parallel = 1
	return b, &saved
}

func TestAPlanGrowsByWhatShowedSomethingNew(t *testing.T) {
	var plans []string
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			b, saved := growing(t, 10)
			res, err := Run(context.Background(), b.options())
			require.NoError(t, err)
			require.NotEqual(t, verdict.Invalid, res.Verdict.Verdict, "%v", res.Verdict.Violations)
			require.Equal(t, []int{6, 10, 12}, *saved)
			require.Len(t, res.Plan.Cases, 12)
			require.Zero(t, res.Plan.Novelty)
			require.Zero(t, res.Skipped)
			require.Len(t, b.Plan.Cases, 2, "the caller's plan is left alone")
			for i, c := range res.Plan.Cases[2:] {
				require.Equal(t, plan.Novel, c.Scenario)
				require.Equal(t, 2+i, c.Index)
			}
			text, err := json.Marshal(res.Plan)
			require.NoError(t, err)
			plans = append(plans, string(text))
		})
	}
	require.Equal(t, plans[0], plans[1], "the same outcomes give the same cases")
}

func TestAPlanThatCannotBeSavedDoesNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := growing(t, 4)
		full := errors.New("disk full")
		b.Grow = func(*model.Plan) error { return full }
		b.Save = func(h *model.History) error { require.Less(t, h.Case, 2); return nil }
		_, err := Run(context.Background(), b.options())
		require.ErrorIs(t, err, full)
	})
}

func TestAReplayDoesNotGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, saved := growing(t, 4)
		res, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Empty(t, *saved)
		require.Len(t, res.Plan.Cases, 2)
		require.Zero(t, res.Skipped)
	})
}

func TestABudgetEndsSecondTriesAndGrowth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, saved := growing(t, 4)
		misfires := stub.Charging([]model.PlannedAttempt{{}},
			fault.Fault{Kind: fault.Reorder, Operation: "a", Attempt: 7})
		b.Plan.Cases = append(b.Plan.Cases, misfires)
		b.Plan.Cases[2].Index = 2
		runs := 0
		b.Save = func(h *model.History) error {
			if h.Case == 2 {
				runs++
				time.Sleep(time.Hour)
			}
			return nil
		}
		b.Budget = time.Minute
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, 1, runs, "no second try after the budget is spent")
		require.Empty(t, *saved)
		require.Equal(t, 4, res.Skipped)
	})
}
