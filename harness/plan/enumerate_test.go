package plan

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
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
		{Name: "lost", Faults: []fault.Kind{fault.ResponseLost, fault.Disconnect}},
		all,
		{Name: "duplicates", Faults: []fault.Kind{fault.ConcurrentDuplicate}, Strikes: Range{1, 1}},
		{Name: "crashes", Faults: []fault.Kind{fault.Crash}, Strikes: Range{1, 1}},
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
func requireEverywhere(t *testing.T, tried map[string]bool, kind fault.Kind, way fault.Fault) {
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
		for _, planned := range c.Faults {
			op := c.Operation(planned.Operation)
			require.NotNil(t, op)
			last := planned.Attempt + max(planned.Copies, 1) - 1
			if planned.Copies == 0 || planned.Kind == fault.HiddenDuplicate {
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
	for i := range len(o.Scenarios) + 1 { // one of them has a case for what is refused, too
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

// TestAGuidedPlanOpensWithWhatDiffersMost: whatever the seed, nine small cases meet what most mistakes
// need.
func TestAGuidedPlanOpensWithWhatDiffersMost(t *testing.T) {
	const opening = 9
	scenarios := append(everySort(),
		Scenario{Name: "late", Repeats: Range{1, 1}, Operations: Range{1, 1}, Pause: time.Second},
		Scenario{Name: "staggered", Faults: []fault.Kind{fault.StaggeredDuplicate}, Strikes: Range{1, 1}},
		Scenario{Name: "leaving", Faults: []fault.Kind{fault.Disconnect}})
	for seed := range uint64(20) {
		o := payments(t, scenarios...)
		o.Seed, o.Cases = seed, 100
		plan, err := Draw(o)
		require.NoError(t, err)
		met, attempts := map[string]bool{}, 0
		for _, c := range plan.Cases[:opening] {
			attempts += c.Attempts()
			for _, what := range differences(&c) {
				met[what] = true
			}
		}
		require.LessOrEqual(t, attempts, 2*opening, "they are small")
		for _, what := range []string{
			"batch", "charge", "overdraw", "refund", // what has many effects, is refused, and depends
			"staggered-duplicate", "disconnect", "concurrent-duplicate",
			"late", "other key", "other client",
		} {
			require.True(t, met[what], "%s with seed %d", what, seed)
		}
		require.Equal(t, "batch", plan.Cases[0].Operations[0].Type)
		require.Len(t, plan.Cases[2].Operations, 1)
		require.Equal(t, "overdraw", plan.Cases[2].Operations[0].Type)
	}
}

// differences lists what a case lets happen.
func differences(c *model.Case) []string {
	var out []string
	for i, op := range c.Operations {
		out = append(out, op.Type)
		if op.Attempts[len(op.Attempts)-1].After > value.Duration(100*time.Millisecond) {
			out = append(out, "late")
		}
		if i > 0 && op.Client != c.Operations[0].Client {
			out = append(out, "other client")
		}
		if i > 0 && op.Mark == c.Operations[0].Mark && op.Key != c.Operations[0].Key {
			out = append(out, "other key")
		}
	}
	for _, f := range c.Faults {
		out = append(out, string(f.Kind))
	}
	return out
}

// TestEveryDifferenceOfPayloadsIsTriedAlone: no dice decide what a fingerprint is tried with.
func TestEveryDifferenceOfPayloadsIsTriedAlone(t *testing.T) {
	o := payments(t, Scenario{Name: "near", Shape: NearMismatch})
	tried := map[string]bool{}
	for _, f := range o.scope(o.Scenarios, 100) {
		c := o.build(f)
		require.Len(t, c.Operations, 2)
		a, b := c.Operations[0], c.Operations[1]
		require.Equal(t, a.Key, b.Key)
		require.Equal(t, f.differs == mark, a.Mark != b.Mark)
		for name := range a.Args {
			require.Equal(t, f.differs == name, a.Args[name] != b.Args[name], name)
		}
		tried[a.Type+" "+f.differs] = true
	}
	for typ := range o.Contract.Operations {
		for _, name := range differ.In(o.Contract, typ) {
			require.True(t, tried[typ+" "+name], "%s of %s", name, typ)
		}
	}
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
