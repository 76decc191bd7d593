package harness_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

// promised is the contract of the reference service; change may change it first.
func promised(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	for _, f := range change {
		f(c)
	}
	return c
}

// named returns scenarios of the named; none named means all that the reference service's contract
// leaves room for.
func named(t testing.TB, names ...string) []plan.Scenario {
	t.Helper()
	out, err := scenarios.Named(names)
	require.NoError(t, err)
	if len(names) > 0 {
		return out
	}
	c := promised(t)
	return slices.DeleteFunc(out, func(s plan.Scenario) bool { return plan.Applicable(s, c) != "" })
}

// drawn draws a plan of some cases.
func drawn(t require.TestingT, c *model.Contract, seed uint64, of ...plan.Scenario) *model.Plan {
	plan, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: of, Seed: seed, Cases: 2 * len(of), Search: plan.Random,
	})
	require.NoError(t, err)
	return plan
}
