// Package samples holds scenarios of every sort, for the tests of the rooms of plans, and the
// question whether a case can be run.
package samples

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Anything is a scenario in which much is drawn.
func Anything() scenario.Scenario {
	return scenario.Scenario{
		Name: "anything", Clients: between(1, 3), Operations: between(1, 4), FaultCount: between(1, 6),
		Repeats: between(0, 2),
		Faults:  lists.Map(fault.Kinds(), func(info fault.Info) fault.Kind { return info.Kind }),
	}
}

// EverySort lists scenarios of every sort.
func EverySort() []scenario.Scenario {
	all := Anything()
	all.Name, all.FaultCount, all.Operations = "mixed", between(2, 5), between(2, 5)
	one := between(1, 1)
	return []scenario.Scenario{
		{Name: "repeats", Repeats: between(1, 3)},
		{Name: "lost", Faults: []fault.Kind{fault.ResponseLost, fault.Disconnect}},
		all,
		{Name: "duplicates", Faults: []fault.Kind{fault.ConcurrentDuplicate}, FaultCount: one},
		{Name: "crashes", Faults: []fault.Kind{fault.Crash}, FaultCount: one},
		{Name: "mismatch", Shape: scenario.Mismatch},
		{Name: "malformed", Shape: scenario.Malformed},
		{Name: "tenants", Shape: scenario.Tenants},
		{Name: "routes", Shape: scenario.Routes},
		{Name: "bodies", Shape: scenario.SameBody},
		{Name: "alike", Shape: scenario.CollidingKeys},
		{Name: "surge", Clients: between(6, 9), Operations: between(6, 9), OneResource: true},
	}
}

// EveryShape lists EverySort, and the shapes that are not in it.
func EveryShape() []scenario.Scenario {
	out := EverySort()
	for _, shape := range []scenario.Shape{scenario.NearMismatch, scenario.AbandonedDuplicates} {
		out = append(out, scenario.Scenario{Name: string(shape), Shape: shape})
	}
	return append(out, scenario.Scenario{
		Name: "much", Shape: scenario.RetryAfterOtherTraffic,
		Operations: between(11, 14), OneResource: true,
	})
}

func between(low, high int) scenario.Range { return scenario.Range{Min: low, Max: high} }

// Inconsistent says why a case cannot be bound and run, or returns "".
func Inconsistent(c *model.Case, contract *model.Contract) string {
	if len(c.Operations) == 0 {
		return "no operations"
	}
	there := map[string]bool{}
	for _, r := range c.Resources {
		for _, need := range contract.Resources[r.Type].Needs {
			if !there["type "+need] {
				return fmt.Sprintf("%s is there without its %s", r.Name, need)
			}
		}
		there[r.Name], there["type "+r.Type] = true, true
	}
	for i := range c.Operations {
		if why := inconsistentOperation(&c.Operations[i], contract, there); why != "" {
			return why
		}
	}
	for _, f := range c.Faults {
		if why := inconsistentFault(c, f); why != "" {
			return why
		}
	}
	return ""
}

func inconsistentOperation(
	op *model.PlannedOperation, contract *model.Contract, there map[string]bool,
) string {
	if len(op.Attempts) == 0 {
		return op.ID + " has no attempts"
	}
	for name, a := range contract.Operations[op.Type].Args {
		resource, _ := op.Args[name].(string)
		if a.Resource != "" && !there[resource] {
			return fmt.Sprintf("%v is missing", op.Args[name])
		}
	}
	return ""
}

func inconsistentFault(c *model.Case, f fault.Fault) string {
	op, last := c.Operation(f.Operation), f.Attempt+max(f.Copies, 1)-1
	if f.Kind == fault.Reorder {
		last++ // it is held until the next one has completed
	}
	switch {
	case op == nil:
		return fmt.Sprintf("%s without its operation %s", f.Kind, f.Operation)
	case f.Attempt < 1 || last > len(op.Attempts):
		return fmt.Sprintf("%s at %s.%d to %d of %d", f.Kind, op.ID, f.Attempt, last, len(op.Attempts))
	}
	if slices.ContainsFunc(op.Attempts[f.Attempt-1:last], func(a model.PlannedAttempt) bool {
		return !a.Repeat
	}) {
		return fmt.Sprintf("an attempt of %s has a fault and might be left out", op.ID)
	}
	return ""
}
