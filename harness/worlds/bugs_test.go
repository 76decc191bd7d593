package worlds_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// seedsVariable says on how many seeds, from 1 on, every seeded bug must be found, and everyVariable
// that not all seeded bugs are tried but every so-manieth: all of them take minutes, which CI has.
const (
	seedsVariable = "IDEMCHECK_SEEDS"
	everyVariable = "IDEMCHECK_EVERY"
)

// some lists those that are tried of the bugs that must be found, those that need a crash or time among them.
func some(t testing.TB, every int) []reference.Bug {
	t.Helper()
	return sampled(t, demanded(), every)
}

// sampled keeps of some bugs every so-manieth, unless [everyVariable] says otherwise.
func sampled(t testing.TB, bugs []reference.Bug, every int) []reference.Bug {
	t.Helper()
	n := 0
	every = number(t, everyVariable, every)
	return slices.DeleteFunc(bugs, func(reference.Bug) bool {
		n++
		return n%every != 1%every
	})
}

// TestEverySeededBugIsFoundInMemory as harness.Check finds it: the plan, the seed and the number
// of cases are those of a Suite that sets none. A bug that needs a crash, or the retention to be
// crossed, gets the scenarios of virtual time too.
func TestEverySeededBugIsFoundInMemory(t *testing.T) {
	seeds := number(t, seedsVariable, 1)
	for _, b := range some(t, sweep.Of(16, 8)) {
		t.Run(b.Name, func(t *testing.T) {
			c := resolvedFor(t, b.Variant, "http://in.memory")
			for seed := 1; seed <= seeds; seed++ {
				requireFound(t, b, c, planFor(t, b, c, uint64(seed)))
			}
		})
	}
}

// TestHeldOutBugsAreAsTheyAreSaidToBe: what is said to be found is found, and what is said not to be
// is not, so that nobody forgets to say so when the search gets better.
func TestHeldOutBugsAreAsTheyAreSaidToBe(t *testing.T) {
	heldOut := slices.DeleteFunc(reference.Bugs(), func(b reference.Bug) bool { return b.HeldOut == "" })
	for _, b := range sampled(t, heldOut, sweep.Of(16, 8)) {
		t.Run(b.Name, func(t *testing.T) {
			c := resolvedFor(t, b.Variant, "http://in.memory")
			for seed := 1; seed <= number(t, seedsVariable, 1); seed++ {
				plan := planFor(t, b, c, uint64(seed))
				if strings.HasPrefix(b.HeldOut, "found") {
					requireFound(t, b, c, plan)
					continue
				}
				found := attacked(t, b, c, plan).Verdict
				require.NotEqual(t, verdict.Invalid, found.Verdict, "it is found now, by %v: note that in "+
					"reference/internal/bugs/heldout.go", found.Violations)
			}
		})
	}
}

// demanded lists the bugs that must be found.
func demanded() []reference.Bug {
	return slices.DeleteFunc(reference.Bugs(), func(b reference.Bug) bool { return b.HeldOut != "" })
}

// TestTheRightServiceIsNotAccused on the plans that the bugs are found by, with crashes.
func TestTheRightServiceIsNotAccused(t *testing.T) {
	c := resolved(t, "http://in.memory")
	for seed := 1; seed <= number(t, seedsVariable, 1); seed++ {
		result, err := campaign.Run(t.Context(), campaign.Options{
			Contract: c, Plan: drawVirtual(t, c, uint64(seed), 8*len(scenarios.Virtual())),
			Place:  harness.Virtual(t, target("", work)),
			Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
		})
		require.NoError(t, err)
		v := result.Verdict
		require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	}
}

// planFor draws what a bug can be seen by.
func planFor(t *testing.T, b reference.Bug, c *model.Contract, seed uint64) *model.Plan {
	t.Helper()
	if b.Needs == "" {
		return draw(t, c, seed, 20*len(scenarios.HTTP()))
	}
	return drawVirtual(t, c, seed, 20*len(scenarios.Virtual()))
}

func attacked(
	t *testing.T, b reference.Bug, c *model.Contract, plan *model.Plan,
) *campaign.RunResult {
	t.Helper()
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: plan,
		Place:  harness.Virtual(t, target(b.Name, work)),
		Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
	})
	require.NoError(t, err)
	return result
}

func requireFound(t *testing.T, b reference.Bug, c *model.Contract, plan *model.Plan) {
	t.Helper()
	result := attacked(t, b, c, plan)
	require.Equal(t, verdict.Invalid, result.Verdict.Verdict, "%v", result.Verdict.Reasons)
	small := result.Found
	t.Logf("%d cases run: case %d, %s with %d operations, %d faults, %d attempts",
		result.Verdict.Judged.Cases, small.Violation.Case, small.Violation.Rule,
		len(small.Case.Operations), len(small.Case.Faults), small.Case.Attempts())
	require.Contains(t, b.Rules, small.Violation.Rule)
	require.LessOrEqual(t, len(small.Case.Operations), b.Operations)
	require.LessOrEqual(t, len(small.Case.Faults), 2)
	require.Equal(t, small.Replays, small.Reproduced, "memory repeats itself")
}
