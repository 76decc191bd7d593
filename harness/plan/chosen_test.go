package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/choice"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/scenarios"
)

// counted draws cases at random and counts them by scenario and by kind of fault; changed copies
// have kinds only.
func counted(t *testing.T, c *model.Contract, search plan.Search) (map[string]int, map[fault.Kind]int) {
	t.Helper()
	p, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: scenarios.HTTP(), Seed: 7, Cases: 400, Search: search,
	})
	require.NoError(t, err)
	names, kinds := map[string]int{}, map[fault.Kind]int{}
	for i := range p.Cases {
		names[p.Cases[i].Scenario]++
	}
	for _, one := range append(p.Cases, plan.Mutants(p, c, p.Cases, 50)...) {
		for _, f := range one.Faults {
			kinds[f.Kind]++
		}
	}
	return names, kinds
}

func TestAContractChoosesScenariosAndFaults(t *testing.T) {
	for _, search := range plan.Searches() {
		c := twoTypes()
		c.Scenarios = &choice.Selection{
			Include: []string{"lost-answers", "no-fault-repeat", "concurrency", "slow"},
			Exclude: []string{"concurrency"}, Weights: map[string]int{"lost-answers": 5},
		}
		c.Faults = &choice.Selection{Exclude: []string{"response-cut", "slow"}}
		names, kinds := counted(t, c, search)
		require.Len(t, names, 3, "%v", names)
		require.Zero(t, kinds[fault.ResponseCut])
		require.Zero(t, kinds[fault.Slow])
		require.Positive(t, kinds[fault.Delay])
		require.Greater(t, names["lost-answers"], names["slow"])
		if search == plan.Random {
			require.InDelta(t, 5, float64(names["lost-answers"])/float64(names["slow"]), 0.2, "%v", names)
		}
	}
}

func TestWeightsOfFaults(t *testing.T) {
	c := twoTypes()
	c.Scenarios = &choice.Selection{Include: []string{"lost-answers"}}
	_, before := counted(t, c, plan.Random)
	c.Faults = &choice.Selection{Weights: map[string]int{"response-cut": 6}}
	_, after := counted(t, c, plan.Random)
	require.Less(t, before[fault.ResponseCut], before[fault.ResponseLost]+before[fault.GatewayError])
	require.Greater(t, after[fault.ResponseCut], after[fault.ResponseLost]+after[fault.GatewayError])
}

func TestWhatAContractLeavesOutIsSaid(t *testing.T) {
	c := twoTypes()
	c.Scenarios = &choice.Selection{Exclude: []string{"slow"}}
	c.Faults = &choice.Selection{Include: []string{"delay"}}
	for _, s := range scenarios.HTTP() {
		why := plan.Applicable(s, c)
		switch s.Name {
		case "slow":
			require.Contains(t, why, "scenarios.exclude")
		case "lost-answers":
			require.Contains(t, why, "faults.include")
		case "no-fault-repeat":
			require.Empty(t, why)
		}
	}
	list, err := scenarios.Named([]string{"slow"})
	require.NoError(t, err)
	_, err = plan.Draw(plan.Options{Contract: c, Scenarios: list})
	require.ErrorContains(t, err, "slow: the contract does not choose them (scenarios.include")
	_, err = plan.WarmUp(c)
	require.NoError(t, err)
}
