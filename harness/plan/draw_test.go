package plan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/scenarios"
)

// promises is the contract of the reference service; change may change it first.
func promises(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	for _, f := range change {
		f(c)
	}
	return c
}

// catalogue returns scenarios of the catalogue; none named means all that the reference service's
// contract leaves room for.
func catalogue(t testing.TB, names ...string) []plan.Scenario {
	t.Helper()
	out, err := scenarios.Named(names)
	require.NoError(t, err)
	if len(names) > 0 {
		return out
	}
	c := promises(t)
	return slices.DeleteFunc(out, func(s plan.Scenario) bool { return plan.Applicable(s, c) != "" })
}

// drawnFrom draws a plan of some cases.
func drawnFrom(t require.TestingT, c *model.Contract, seed uint64, of ...plan.Scenario) *model.Plan {
	plan, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: of, Seed: seed, Cases: 2 * len(of), Search: plan.Random,
	})
	require.NoError(t, err)
	return plan
}

func encoded(t require.TestingT, v any) string {
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func TestTheSameOptionsDrawTheSamePlan(t *testing.T) {
	c, all := promises(t), catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		once, again := drawnFrom(t, c, seed, all...), drawnFrom(t, c, seed, all...)
		require.Equal(t, encoded(t, once), encoded(t, again))
	})
}

func TestACaseDoesNotDependOnTheOthers(t *testing.T) {
	c, all := promises(t), catalogue(t)
	o := plan.Options{
		Contract: c, Scenarios: all, Seed: 5, Cases: 60, Search: plan.Random,
	}
	long, err := plan.Draw(o)
	require.NoError(t, err)
	for _, n := range []int{1, 7, 59} {
		o.Cases = n
		short, err := plan.Draw(o)
		require.NoError(t, err)
		require.Equal(t, encoded(t, long.Cases[:n]), encoded(t, short.Cases))
	}
	// A scenario's case keeps its dice when another one is drawn beside it in its turn.
	renamed := slices.Clone(all)
	renamed[0].Name = "renamed"
	o.Scenarios, o.Cases = renamed, 60
	other, err := plan.Draw(o)
	require.NoError(t, err)
	require.Equal(t, encoded(t, long.Cases[1:len(all)]), encoded(t, other.Cases[1:len(all)]))
	require.NotEqual(t, encoded(t, long.Cases[0].Operations), encoded(t, other.Cases[0].Operations))
}

func TestDifferentSeedsDrawDifferentPlans(t *testing.T) {
	c, all := promises(t), catalogue(t)
	seen := map[string]bool{}
	for seed := range uint64(50) {
		seen[encoded(t, drawnFrom(t, c, seed, all...).Cases)] = true
	}
	require.Len(t, seen, 50)
}

func TestScenariosTakeTurns(t *testing.T) {
	all := catalogue(t)
	plan, err := plan.Draw(plan.Options{
		Contract: promises(t), Scenarios: all, Seed: 1, Search: plan.Random,
	})
	require.NoError(t, err)
	require.Len(t, plan.Cases, 20*len(all))
	for i, c := range plan.Cases {
		require.Equal(t, i, c.Index)
		require.Equal(t, all[i%len(all)].Name, c.Scenario)
	}
}

func TestPlansHoldNoSecrets(t *testing.T) {
	c := promises(t, func(c *model.Contract) {
		c.Tenants["alpha"].Headers["Authorization"] = "Bearer hush"
	})
	require.NotContains(t, encoded(t, drawnFrom(t, c, 1, catalogue(t)...)), "hush")
}

func TestEveryDrawnCaseCanBeDriven(t *testing.T) {
	c, all := promises(t), catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		plan := drawnFrom(t, c, rapid.Uint64().Draw(t, "seed"), all...)
		for i := range plan.Cases {
			one := &plan.Cases[i]
			checkOperations(t, c, one)
			checkFaults(t, one)
			for _, f := range one.Faults {
				checkParameters(t, c, f)
			}
			for _, d := range durations(one) {
				require.Zero(t, d%time.Microsecond, "durations are whole microseconds")
				require.GreaterOrEqual(t, d, time.Duration(0))
			}
		}
	})
}

// checkOperations checks names, arguments and resources.
func checkOperations(t require.TestingT, c *model.Contract, one *model.Case) {
	ids := map[string]bool{}
	require.NotEmpty(t, one.Operations)
	for _, op := range one.Operations {
		require.False(t, ids[op.ID], "operation %s is there twice", op.ID)
		ids[op.ID] = true
		require.NotEmpty(t, op.Attempts)
		require.NotEmpty(t, op.CorrelationID)
		require.NotEmpty(t, op.Key.Name)
		require.Contains(t, c.Tenants, op.Tenant)
		typ, declared := c.Operations[op.Type]
		require.True(t, declared)
		require.Len(t, op.Args, len(typ.Args))
		checkArguments(t, typ, op, one)
	}
	checkResources(t, c, one)
}

func checkArguments(
	t require.TestingT, typ model.OperationType, op model.PlannedOperation, one *model.Case,
) {
	used := map[any]bool{}
	for name, a := range typ.Args {
		v := op.Args[name]
		if a.Resource == "" {
			require.GreaterOrEqual(t, v, a.Min)
			require.LessOrEqual(t, v, a.Max)
			continue
		}
		require.False(t, used[v], "operation %s uses %v twice", op.ID, v)
		used[v] = true
		require.Contains(t, one.Resources, model.Resource{Name: v.(string), Type: a.Resource})
	}
}

// checkResources checks that each resource is there once, behind what it needs, and named for a
// reason.
func checkResources(t require.TestingT, c *model.Contract, one *model.Case) {
	before := map[string]bool{}
	for _, r := range one.Resources {
		require.False(t, before[r.Name], "resource %s is there twice", r.Name)
		before[r.Name], before["type "+r.Type] = true, true
		for _, need := range c.Resources[r.Type].Needs {
			require.True(t, before["type "+need], "%s comes before the %s it needs", r.Name, need)
		}
	}
}

// checkFaults checks addresses.
func checkFaults(t require.TestingT, one *model.Case) {
	withFault := map[string]bool{}
	for _, f := range one.Faults {
		op := one.Operation(f.Operation)
		require.NotNil(t, op)
		last := f.Attempt + max(f.Copies, 1) - 1
		require.GreaterOrEqual(t, f.Attempt, 1)
		require.LessOrEqual(t, last, len(op.Attempts))
		settled := slices.Contains([]string{"abandoned-duplicates", "retry-after-other-traffic"}, one.Scenario)
		require.True(t, settled || last < len(op.Attempts), "a retry is planned after the last fault")
		for n := f.Attempt; n <= last; n++ {
			at := fmt.Sprint(op.ID, ".", n)
			if one.Scenario == "abandoned-duplicates" { // one of the copies is left, by the other fault
				at += fmt.Sprint(f.Copies > 0)
			}
			require.False(t, withFault[at], "two faults at %s", at)
			withFault[at] = true
			require.True(t, op.Attempts[n-1].Repeat, "%s has a fault and might be left out", at)
		}
		if f.Kind == fault.Partition {
			require.Len(t, one.Faults, 1, "nothing else can be told from a partition")
		}
		if f.Kind == fault.Disconnect {
			require.Equal(t, 1, f.Attempt)
		}
	}
}

// checkParameters checks that the parameters of a fault make sense for its kind and the contract.
func checkParameters(t require.TestingT, c *model.Contract, f fault.Fault) {
	limit := c.Target.Timeout
	require.GreaterOrEqual(t, f.PerMille, 0)
	require.LessOrEqual(t, f.PerMille, 1000)
	switch f.Kind {
	case fault.LateArrival:
		require.Greater(t, f.Span, limit, "it must arrive after its client gave up")
	case fault.Delay:
		require.Greater(t, f.Span, value.Duration(0))
		require.Less(t, f.Span, limit, "everything arrives")
	case fault.ConcurrentDuplicate, fault.StaggeredDuplicate:
		require.GreaterOrEqual(t, f.Copies, 2)
		require.Equal(t, f.Kind == fault.StaggeredDuplicate, f.Span > 0 || f.PerMille > 0)
	case fault.Throttled:
		require.Contains(t, []int{429, 503}, f.Status)
		require.Contains(t, []string{"", "0", "1", "past", "date"}, f.RetryAfter)
	case fault.GatewayError:
		require.Contains(t, []int{502, 503, 504}, f.Status)
		require.True(t, f.Mode == "" || f.Mode == fault.AfterAnswer && f.PerMille == 0)
	case fault.RequestLost, fault.ResponseLost, fault.HiddenDuplicate, fault.Disconnect, fault.Partition:
		require.NotEmpty(t, f.Mode)
	case fault.RequestCut, fault.ResponseCut:
		require.NotEmpty(t, f.Phase)
	case fault.Slow:
		amounts := []int{f.BytesPerSecond, f.SliceBytes, int(f.Span)}
		slices.Sort(amounts)
		require.Zero(t, amounts[1], "one way of being slow")
		require.Positive(t, amounts[2])
	}
}

// durations lists everything in a case that takes time.
func durations(c *model.Case) (all []time.Duration) {
	for _, op := range c.Operations {
		all = append(all, op.After.Std())
		for _, a := range op.Attempts {
			all = append(all, a.After.Std(), a.Timeout.Std())
		}
	}
	for _, f := range c.Faults {
		all = append(all, f.Span.Std())
	}
	return all
}

func TestAShortTimeoutStillSeparatesLateFromDelayed(t *testing.T) {
	s := plan.Scenario{
		Name: "s", Faults: []fault.Kind{fault.LateArrival, fault.Delay, fault.Partition},
	}
	for _, limit := range []time.Duration{0, 5 * time.Millisecond, 10 * time.Second} {
		c := promises(t, func(c *model.Contract) { c.Target.Timeout = value.Duration(limit) })
		plan, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: []plan.Scenario{s}, Seed: 3, Cases: 100, Search: plan.Random,
		})
		require.NoError(t, err)
		if limit == 0 {
			c.Target.Timeout = value.Duration(time.Second) // the default
		}
		for _, one := range plan.Cases {
			for _, f := range one.Faults {
				checkParameters(t, c, f)
			}
		}
	}
}

func TestPlansLoadBack(t *testing.T) {
	c, all, dir := promises(t), catalogue(t), t.TempDir()
	one, two := filepath.Join(dir, "one.json"), filepath.Join(dir, "two.json")
	rapid.Check(t, func(t *rapid.T) {
		plan := drawnFrom(t, c, rapid.Uint64().Draw(t, "seed"), all...)
		require.NoError(t, files.SavePlan(one, plan))
		loaded, err := files.LoadPlan(one)
		require.NoError(t, err)
		require.NoError(t, files.SavePlan(two, loaded))
		first, err := os.ReadFile(one)
		require.NoError(t, err)
		second, err := os.ReadFile(two)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

// TestNobodyWaitsForAPlan: what is called off ends without the rest of its cases, of which there are more
// than anybody could wait for.
func TestNobodyWaitsForAPlan(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	for _, search := range plan.Searches() {
		drawn, err := plan.Draw(plan.Options{
			Contract: promises(t), Scenarios: catalogue(t), Search: search, Cases: 10_000, Stop: stop,
		})
		require.EqualError(t, err, "drawing a plan: nobody waits for it any more")
		require.Nil(t, drawn)
	}
}
