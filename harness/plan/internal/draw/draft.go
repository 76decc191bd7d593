// Package draw draws the operations, faults and repeats of a case by the dice of its scenario.
package draw

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
)

// Case is the generator of the cases of a scenario, with named points at which the service may
// crash.
func Case(s scenario.Scenario, c *model.Contract, points []string) *rapid.Generator[model.Case] {
	return dice.Cases(func(d dice.Dice) model.Case {
		one := New(d, s, c)
		one.Operations()
		faults(one, kinds.Of(c, points))
		Repeats(one)
		constraints.Allowed(&one.Case, c)
		return one.Case
	})
}

// Draft is a case while it is drawn.
type Draft struct {
	dice.Dice
	Case     model.Case
	Scenario scenario.Scenario
	contract *model.Contract
	// Style and Differs, unless empty, are the only key style and difference of payloads to draw.
	Style   model.KeyStyle
	Differs string
	// Seconds lists the clients that the second of two twins may have: another one comes at the
	// instant of the first, for a service may share what is at work and store nothing.
	Seconds []int
	// more is how many more resources of a type there are to choose from than usual.
	more int
}

// New begins a case of a scenario.
func New(d dice.Dice, s scenario.Scenario, c *model.Contract) *Draft {
	return &Draft{
		Dice: d, Case: model.Case{Scenario: s.Name}, Scenario: s, contract: c, Seconds: []int{0, 1},
	}
}

// Operations draws the operations of the case by its shape.
func (d *Draft) Operations() {
	draw, known := shapes[d.Scenario.Shape]
	if !known {
		draw = independent
	}
	draw(d)
}

// Put adds operations and names them in order. One whose requests are those of an earlier one gets
// other arguments, and is left out where the contract has none.
func (d *Draft) Put(ops ...model.PlannedOperation) {
	for _, op := range ops {
		n := len(d.Case.Operations)
		op.ID = OperationID(n)
		if op.CorrelationID == "" {
			op.CorrelationID = fmt.Sprintf("m%d", n+1)
		}
		if op.Key.Name == "" {
			op.Key.Name = fmt.Sprintf("k%d", n+1)
		}
		if d.distinct(&op) {
			d.Case.Operations = append(d.Case.Operations, op)
		}
	}
}

// styles returns key styles to draw from.
func (d *Draft) styles(all []model.KeyStyle) []model.KeyStyle {
	if d.Style != "" {
		return []model.KeyStyle{d.Style}
	}
	return all
}

// Operation draws one operation with one attempt.
func (d *Draft) Operation(client int, types []string) model.PlannedOperation {
	op := model.PlannedOperation{
		Client: client, Type: dice.Pick(d.Dice, types, "type"), Key: model.KeyPlan{Style: model.KeyPlain},
		Tenant:   d.contract.TenantNames()[0],
		Attempts: []model.PlannedAttempt{{}},
	}
	if !d.Scenario.OneResource {
		op.Tenant = dice.Pick(d.Dice, d.contract.TenantNames(), "tenant")
	}
	if client > 0 && !d.Scenario.OneResource {
		op.After = d.Micros(0, 20*time.Millisecond, "start")
	}
	op.Args = d.argumentsOf(op.Type)
	return op
}

// Types lists the operation types to draw from.
func (d *Draft) Types() []string { return applicable.Types(d.Scenario, d.contract) }

// redraws is how many times the arguments of an operation are drawn anew until no other one has its
// requests. In the end they are drawn from maxMore more resources of a type than usual. These are
// few, because some services run out of what they have.
const redraws, maxMore = 32, 3

// distinct gives an operation arguments under which its requests are its own, on further resources
// if need be. It reports whether there are any: a contract may leave no choice.
func (d *Draft) distinct(op *model.PlannedOperation) bool {
	defer func() { d.more = 0 }()
	for i := range redraws {
		if !d.taken(op) {
			return true
		}
		d.more = i * (maxMore + 1) / redraws
		op.Args = d.argumentsOf(op.Type)
	}
	return !d.taken(op)
}

// taken reports whether an earlier operation of the case has the requests of another one.
func (d *Draft) taken(op *model.PlannedOperation) bool {
	requests := request.Of(&d.Case, d.contract)
	return slices.ContainsFunc(d.Case.Operations, func(o model.PlannedOperation) bool {
		return requests.Same(&o, op)
	})
}

// OperationID names operations a, b, … z, aa, ab, …
func OperationID(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return OperationID(n/26-1) + OperationID(n%26)
}
