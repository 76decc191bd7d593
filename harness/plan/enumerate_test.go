package plan

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// payments is how the reference service's contract is drawn for.
func payments(t require.TestingT, of ...Scenario) Options {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	return Options{Contract: c, Scenarios: of, Seed: 1, Points: []string{"committed"}}
}

// everySort are scenarios of every sort.
func everySort() []Scenario {
	all := anything()
	all.Name, all.Strikes, all.Operations = "mixed", Range{2, 5}, Range{2, 5}
	return []Scenario{
		{Name: "repeats", Repeats: Range{1, 3}},
		{Name: "lost", Faults: []model.FaultKind{model.ResponseLost, model.Disconnect}},
		all,
		{Name: "duplicates", Faults: []model.FaultKind{model.ConcurrentDuplicate}, Strikes: Range{1, 1}},
		{Name: "crashes", Faults: []model.FaultKind{model.Crash}, Strikes: Range{1, 1}},
		{Name: "mismatch", Shape: Mismatch},
		{Name: "malformed", Shape: Malformed},
		{Name: "tenants", Shape: Tenants},
		{Name: "routes", Shape: Routes},
		{Name: "bodies", Shape: SameBody},
		{Name: "alike", Shape: AlikeKeys},
		{Name: "surge", Clients: Range{6, 9}, Operations: Range{6, 9}, OneResource: true},
	}
}

func TestTheSmallScopeIsExhausted(t *testing.T) {
	o := payments(t)
	for _, s := range everySort()[1:2] {
		tried := map[string]bool{}
		for _, f := range o.scope([]Scenario{s}, highest*1000) {
			for _, fault := range f.faults {
				of := f.scenario.Types
				if f.layout == apart { // each operation is a case of its own
					i := int(fault.Operation[0] - 'a')
					of, fault.Operation = of[i:i+1], "a"
				}
				tried[fmt.Sprint(of, fault.Kind, fault.Mode, fault.PerMille, fault.Operation, fault.Attempt)] = true
			}
		}
		for _, kind := range s.Faults {
			for _, way := range variants(kind, o.Contract.Timeout(), nil) {
				requireEverywhere(t, tried, kind, way)
			}
		}
	}
}

// requireEverywhere checks that one way of a kind is tried at every attempt of one operation of every
// type, and of the first and of the second of every two.
func requireEverywhere(t *testing.T, tried map[string]bool, kind model.FaultKind, way model.Fault) {
	t.Helper()
	types := []string{"charge", "overdraw", "refund", "transfer"}
	for n := 1; n <= mostStruck; n++ {
		for _, one := range types {
			at := fmt.Sprint([]string{one}, kind, way.Mode, way.PerMille, "a", n)
			require.True(t, tried[at], at)
			for _, two := range types {
				for _, op := range []string{"a", "b"} {
					at := fmt.Sprint([]string{one, two}, kind, way.Mode, way.PerMille, op, n)
					require.True(t, tried[at], at)
				}
			}
		}
	}
}

func TestEveryFormIsThereOnceAndFits(t *testing.T) {
	o := payments(t, everySort()...)
	seen := map[string]bool{}
	for _, f := range o.scope(o.Scenarios, 4000) {
		require.False(t, seen[f.key()], f.key())
		seen[f.key()] = true
		c := o.build(f)
		if f.scenario.Shape == Independent {
			require.True(t, fits(&c), f.key())
		}
		require.NotEmpty(t, c.Operations)
		for _, fault := range c.Faults {
			op := c.Operation(fault.Operation)
			require.NotNil(t, op)
			last := fault.Attempt + max(fault.Copies, 1) - 1
			if fault.Copies == 0 || fault.Kind == model.HiddenDuplicate {
				last++
			}
			require.LessOrEqual(t, last, len(op.Attempts), "a retry, if the copies are none")
		}
	}
}

func TestAGuidedPlanBeginsWithEveryScenario(t *testing.T) {
	o := payments(t, everySort()...)
	o.Cases = 100
	plan, err := Draw(o)
	require.NoError(t, err)
	require.Equal(t, 25, plan.Novelty)
	require.Len(t, plan.Cases, 75)
	require.Len(t, plan.Cases[0].Operations, 1, "the smallest case there is")
	require.Len(t, plan.Cases[0].Operations[0].Attempts, 1)
	require.Empty(t, plan.Cases[0].Faults)
	first := map[string]bool{}
	for i := range o.Scenarios {
		require.Equal(t, i, plan.Cases[i].Index)
		first[plan.Cases[1+i].Scenario] = true
	}
	require.Len(t, first, len(o.Scenarios))
	o.Cases = len(o.Scenarios)
	plan, err = Draw(o)
	require.NoError(t, err)
	require.Zero(t, plan.Novelty, "no copies before every scenario had its case")
	require.Len(t, plan.Cases, len(o.Scenarios))
	first = map[string]bool{}
	for _, c := range plan.Cases {
		first[c.Scenario] = true
	}
	require.Len(t, first, len(o.Scenarios), "nothing before every scenario has its case")
}

func TestGuidedPlansRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := payments(t, everySort()...)
		o.Cases, o.Seed = 60, rapid.Uint64().Draw(t, "seed")
		var plans []string
		for range 2 {
			plan, err := Draw(o)
			require.NoError(t, err)
			text, err := json.Marshal(plan)
			require.NoError(t, err)
			plans = append(plans, string(text))
		}
		require.Equal(t, plans[0], plans[1])
	})
}

func TestASearchMustBeKnown(t *testing.T) {
	o := payments(t, everySort()...)
	o.Search = "exhaustive"
	_, err := Draw(o)
	require.ErrorContains(t, err, `search "exhaustive" is none of ["guided" "random"]`)
}
