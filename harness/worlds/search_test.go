package worlds_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// searchesVariable says with how many seeds the two searches are compared, for every bug; without it
// they are compared with one seed, for one bug of eight, and every day for one of sixteen.
const searchesVariable = "IDEMCHECK_SEARCHES"

// TestGuidedSearchFindsBugsSooner counts the cases up to the first that shows a bug, as a plan of
// the usual size orders them.
func TestGuidedSearchFindsBugsSooner(t *testing.T) {
	seeds, every := number(t, searchesVariable, 0), 1
	if seeds == 0 {
		seeds, every = 1, sweep.Of(16, 8)
	}
	medians := map[plan.Search][]int{}
	for i, b := range demanded() {
		if i%every != 0 || b.Needs != "" {
			continue
		}
		row := fmt.Sprintf("%-32s", b.Name)
		for _, search := range plan.Searches() {
			var cases []int
			for seed := range uint64(seeds) {
				cases = append(cases, firstFound(t, b, search, seed+1))
			}
			slices.Sort(cases)
			medians[search] = append(medians[search], median(cases))
			row += fmt.Sprintf("  %s: median %3d, most %3d", search, median(cases), cases[seeds-1])
		}
		t.Log(row)
	}
	for _, search := range plan.Searches() {
		slices.Sort(medians[search])
		t.Logf("%s: median of the medians %d", search, median(medians[search]))
	}
	require.LessOrEqual(t, median(medians[plan.Guided]), median(medians[plan.Random]))
}

// median of sorted numbers; of an even count the greater of the two in the middle.
func median(sorted []int) int { return sorted[len(sorted)/2] }

// TestTheRightServiceIsValidInEverySearch: no false alarm, nothing unknown, and all faults fire.
func TestTheRightServiceIsValidInEverySearch(t *testing.T) {
	c := resolved(t, "http://in.memory")
	fitting := slices.DeleteFunc(scenarios.Virtual(), func(s plan.Scenario) bool {
		return plan.Applicable(s, c) != ""
	})
	for _, search := range plan.Searches() {
		for seed := range uint64(max(1, number(t, searchesVariable, 0))) {
			plan, err := plan.Draw(plan.Options{
				Contract: c, Scenarios: scenarios.Virtual(), Seed: seed + 1, Search: search,
			})
			require.NoError(t, err)
			result, err := campaign.Run(t.Context(), campaign.Options{
				Contract: c, Plan: plan, Place: harness.Virtual(t, target("", work)),
				Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
			})
			require.NoError(t, err)
			v := result.Verdict
			require.Equal(t, verdict.Valid, v.Verdict, "seed %d: %v %v", seed+1, v.Reasons, v.Violations)
			require.Equal(t, 20*len(fitting), v.Judged.Cases)
			require.Equal(t, v.Faults.Planned, v.Faults.Fired)
			require.Equal(t, v.Races.Planned, v.Races.Overlapped)
			require.Zero(t, result.Skipped)
			t.Logf("%s, seed %d: %d attempts, %d faults, %d run again, %.1fs", search, seed+1,
				v.Judged.Attempts, v.Faults.Fired, result.Rerun, result.Elapsed.Seconds())
		}
	}
}

// firstFound runs a plan against a bug and returns the number of the first case that shows it,
// from 1; one more than all cases when none does.
func firstFound(t *testing.T, b reference.Bug, search plan.Search, seed uint64) int {
	t.Helper()
	c := resolved(t, "http://in.memory")
	plan, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: scenarios.HTTP(), Seed: seed, Search: search,
	})
	require.NoError(t, err)
	var first earliest
	first.Store(int64(len(plan.Cases) + plan.Novelty))
	_, err = campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: plan, Place: harness.Virtual(t, target(b.Name, work)),
		Limits:   campaign.Limits{Parallel: runtime.GOMAXPROCS(0), ShrinkBudget: -1},
		Observer: &first,
	})
	require.NoError(t, err)
	return int(first.Load()) + 1
}

// earliest is the index of the first case that was found invalid. What comes later in the plan cannot
// change it, and is not run.
type earliest struct {
	campaign.Unobserved
	atomic.Int64
}

func (e *earliest) Want(c model.Case) bool { return int64(c.Index) < e.Load() }

func (e *earliest) Judged(c model.Case, v verdict.Verdict) {
	for before := e.Load(); v.Verdict == verdict.Invalid && int64(c.Index) < before; {
		e.CompareAndSwap(before, int64(c.Index))
		before = e.Load()
	}
}
