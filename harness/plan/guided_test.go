package plan_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// payments is how the reference service's contract is drawn for.
func payments(t require.TestingT, of ...plan.Scenario) plan.Options {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	return plan.Options{Contract: c, Scenarios: of, Seed: 1, Points: []string{"committed"}}
}

func TestAGuidedPlanBeginsWithEveryScenario(t *testing.T) {
	o := payments(t, samples.EverySort()...)
	o.Cases = 100
	drawn, err := plan.Draw(o)
	require.NoError(t, err)
	require.Equal(t, 25, drawn.Novelty)
	require.Len(t, drawn.Cases, 75)
	require.Len(t, drawn.Cases[0].Operations, 1, "the smallest case there is")
	require.Len(t, drawn.Cases[0].Operations[0].Attempts, 1)
	require.Empty(t, drawn.Cases[0].Faults)
	first := map[string]bool{}
	for i := range len(o.Scenarios) + 1 { // one of them has a case for what is refused, too
		require.Equal(t, i, drawn.Cases[i].Index)
		first[drawn.Cases[1+i].Scenario] = true
	}
	require.Len(t, first, len(o.Scenarios))
	o.Cases = len(o.Scenarios)
	drawn, err = plan.Draw(o)
	require.NoError(t, err)
	require.Zero(t, drawn.Novelty, "no copies before every scenario had its case")
	require.Len(t, drawn.Cases, len(o.Scenarios))
	first = map[string]bool{}
	for _, c := range drawn.Cases {
		first[c.Scenario] = true
	}
	require.Len(t, first, len(o.Scenarios), "nothing before every scenario has its case")
}

// TestAGuidedPlanOpensWithWhatDiffersMost: whatever the seed, nine small cases meet what most
// mistakes need.
func TestAGuidedPlanOpensWithWhatDiffersMost(t *testing.T) {
	const opening = 9
	one := plan.Range{Min: 1, Max: 1}
	scenarios := append(samples.EverySort(),
		plan.Scenario{Name: "late", Repeats: one, Operations: one, Pause: time.Second},
		plan.Scenario{Name: "staggered", Faults: []fault.Kind{fault.StaggeredDuplicate}, FaultCount: one},
		plan.Scenario{Name: "leaving", Faults: []fault.Kind{fault.Disconnect}})
	o := payments(t, scenarios...)
	o.Cases = 100
	for seed := range uint64(20) {
		o.Seed = seed
		drawn, err := plan.Draw(o)
		require.NoError(t, err)
		met, attempts := map[string]bool{}, 0
		for _, c := range drawn.Cases[:opening] {
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
		require.Equal(t, "batch", drawn.Cases[0].Operations[0].Type)
		require.Len(t, drawn.Cases[2].Operations, 1)
		require.Equal(t, "overdraw", drawn.Cases[2].Operations[0].Type)
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
		if i > 0 && op.CorrelationID == c.Operations[0].CorrelationID && op.Key != c.Operations[0].Key {
			out = append(out, "other key")
		}
	}
	for _, f := range c.Faults {
		out = append(out, string(f.Kind))
	}
	return out
}

func TestGuidedPlansRepeat(t *testing.T) {
	o := payments(t, samples.EverySort()...)
	o.Cases = 60
	rapid.Check(t, func(t *rapid.T) {
		o := o
		o.Seed = rapid.Uint64().Draw(t, "seed")
		var plans []string
		for range 2 {
			drawn, err := plan.Draw(o)
			require.NoError(t, err)
			text, err := json.Marshal(drawn)
			require.NoError(t, err)
			plans = append(plans, string(text))
		}
		require.Equal(t, plans[0], plans[1])
	})
}

func TestASearchMustBeKnown(t *testing.T) {
	o := payments(t, samples.EverySort()...)
	o.Search = "exhaustive"
	_, err := plan.Draw(o)
	require.ErrorContains(t, err, `search "exhaustive" is none of ["guided" "random"]`)
}
