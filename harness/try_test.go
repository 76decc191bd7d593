package harness_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestTryReturnsWhatCheckFailsWith(t *testing.T) {
	s := harness.Suite{
		Contract: referenceContract(t), Scenarios: scenarios.HTTP(), Cases: 24, KeepGoing: true,
	}
	wrong, err := harness.Try(t, s, referenceTarget(reference.Options{Bug: "key-ignored"}))
	require.NoError(t, err)
	require.Equal(t, verdict.Invalid, wrong.Verdict.Verdict)
	require.Equal(t, 24, wrong.Verdict.Judged.Cases)
	require.Equal(t, wrong.Found.Replays, wrong.Found.Reproduced)

	right, err := harness.Try(t, s, referenceTarget(reference.Options{}))
	require.NoError(t, err)
	require.Equal(t, verdict.Valid, right.Verdict.Verdict)
	require.Nil(t, right.Found)

	_, err = harness.Try(t, harness.Suite{Contract: s.Contract}, referenceTarget(reference.Options{}))
	require.ErrorContains(t, err, "Suite.Scenarios is empty")
}

// TestOnlyWantedCasesAreBegun and the verdict of each is told.
func TestOnlyWantedCasesAreBegun(t *testing.T) {
	c := referenceContract(t)
	c.Target.URL = "http://in.memory"
	c, err := contract.Resolve(c, os.LookupEnv)
	require.NoError(t, err)
	plan, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: scenarios.HTTP()[:2], Seed: 1, Cases: 8,
	})
	require.NoError(t, err)
	var seen untilFive
	result, err := campaign.Run(context.Background(), campaign.Options{
		Contract: c, Plan: plan,
		Place:    harness.Virtual(t, referenceTarget(reference.Options{Bug: "key-ignored"})),
		Limits:   campaign.Limits{KeepGoing: true, ShrinkBudget: -1, Parallel: 1},
		Observer: &seen,
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 3, 5}, seen.begun)
	require.Equal(t, 3, result.Verdict.Judged.Cases)
	require.Equal(t, 5, result.Skipped)
}

// untilFive wants every second case until case 5 has broken a rule.
type untilFive struct {
	campaign.Unobserved
	begun  []int
	broken bool
}

func (u *untilFive) Want(c model.Case) bool { return c.Index%2 == 1 && !u.broken }

func (u *untilFive) Judged(c model.Case, v verdict.Verdict) {
	u.begun = append(u.begun, c.Index)
	u.broken = slices.ContainsFunc(v.Violations, func(v verdict.Violation) bool { return v.Case == 5 })
}
