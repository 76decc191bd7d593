package plan

import (
	"reflect"

	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/model"
)

// What one amount does need not be what others do: a service may be slow for one, or fail the first
// time. So the warm-up has several operations of a type, as different as their arguments let them
// be: rehearsals of them, the first that differ among maxDrawn.
const rehearsals, maxDrawn = 2, 8

// WarmUp draws a plan of operations without faults: some of every type for every tenant.
func WarmUp(c *model.Contract) (*model.Plan, error) {
	var scenarios []Scenario
	for _, typ := range applicable.Types(Scenario{}, c) {
		scenarios = append(scenarios, Scenario{
			Name: "warm-up", Types: []string{typ}, Operations: Range{Min: 1, Max: 1}, OneResource: true,
		})
	}
	all := *c
	all.Scenarios, all.Faults = nil, nil // what is chosen of the catalogue is no matter here
	plan, err := Draw(Options{
		Contract: &all, Scenarios: scenarios, Cases: maxDrawn * len(scenarios), Search: Random,
	})
	if err != nil {
		return nil, err
	}
	first := differing(plan.Cases)
	plan.Cases = nil
	for _, tenant := range c.TenantNames() {
		for _, one := range first {
			one = one.Clone()
			one.Operations[0].Tenant = tenant
			plan.Cases = append(plan.Cases, one)
		}
	}
	return plan, nil
}

// differing keeps the first cases of every type whose arguments differ, as many as are rehearsed,
// and one of a type without a choice.
func differing(drawn []model.Case) []model.Case {
	var out []model.Case
	for _, one := range drawn {
		op, same, known := one.Operations[0], false, 0
		for _, other := range out {
			if other.Operations[0].Type == op.Type {
				known++
				same = same || reflect.DeepEqual(other.Operations[0].Args, op.Args)
			}
		}
		if !same && known < rehearsals {
			out = append(out, one)
		}
	}
	return out
}
