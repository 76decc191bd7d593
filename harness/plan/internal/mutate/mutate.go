// Package mutate changes cases a little, with dice of the plan.
package mutate

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Novel is the name under which cases are counted that are changed copies of cases with novel
// behaviour.
const Novel = "novel"

// mutator changes cases of a plan. All of its dice come from the plan's seed and the number of the
// new case.
type mutator struct {
	plan     *model.Plan
	contract *model.Contract
	kinds    []fault.Kind
	inputs   kinds.Inputs
}

// newMutator learns from the plan which faults may be planned.
func newMutator(p *model.Plan, c *model.Contract) *mutator {
	all, points := map[fault.Kind]bool{}, map[string]bool{}
	for i := range p.Cases {
		for _, f := range p.Cases[i].Faults {
			all[f.Kind] = true
			points[f.Point] = true
		}
	}
	delete(points, "")
	return &mutator{
		plan: p, contract: c, kinds: slices.Sorted(maps.Keys(all)),
		inputs: kinds.Of(c, slices.Sorted(maps.Keys(points))),
	}
}

// Mutants returns n changed copies of some cases of a plan, of small ones if there are any. The
// cases take turns, the last first: they are what the latest round has shown.
func Mutants(p *model.Plan, c *model.Contract, parents []model.Case, n int) []model.Case {
	m := newMutator(p, c)
	small := slices.DeleteFunc(slices.Clone(parents), func(c model.Case) bool {
		return !constraints.IsSmall(&c)
	})
	if len(small) > 0 {
		parents = small
	}
	out := make([]model.Case, n)
	for i := range out {
		parent := parents[len(parents)-1-i%len(parents)]
		out[i] = m.mutant(parent, len(p.Cases)+i)
	}
	return out
}

// mutant returns a changed copy of a case, with the dice of a number.
func (m *mutator) mutant(parent model.Case, number int) model.Case {
	return dice.Cases(func(roll dice.Dice) model.Case {
		d := draw.New(roll, scenario.Scenario{Name: Novel}, m.contract)
		d.Case = parent.Clone()
		d.Case.Scenario = Novel
		for range d.Between(1, 2, "changes") {
			m.change(d)
		}
		constraints.Allowed(&d.Case, m.contract)
		return d.Case
	}).Example(dice.Seed(m.plan.Seed, Novel, number))
}

// tries is how many changes are tried until one leaves a case that can be driven.
const tries = 6

// change makes one change. When none of several keeps the constraints, only waits are
// changed, which always keeps them.
func (m *mutator) change(d *draw.Draft) {
	changes := []func(*draw.Draft){m.addOperation, repeatOnce, changeWaits}
	if len(m.kinds) > 0 {
		changes = append(changes, m.addFault, m.addFault)
	}
	if len(d.Case.Faults) > 0 {
		changes = append(changes, m.otherKind, m.otherWay, m.otherWay, moveFault)
	}
	before := d.Case
	for range tries {
		d.Case = before.Clone()
		dice.Pick(d.Dice, changes, "change")(d)
		constraints.Extend(&d.Case)
		if constraints.Satisfied(&d.Case) && constraints.IsSmall(&d.Case) {
			return
		}
	}
	d.Case = before.Clone()
	changeWaits(d)
}

// aFault picks a fault of the case.
func aFault(d *draw.Draft) *fault.Fault {
	return &d.Case.Faults[d.Between(0, len(d.Case.Faults)-1, "which fault")]
}

// drawnFault draws a fault at an address: by its dice, or in one of the calibrated ways.
func (m *mutator) drawnFault(d *draw.Draft, kind fault.Kind, op string, attempt int) fault.Fault {
	var f fault.Fault
	if d.Between(0, 1, "calibrated") == 0 {
		f = kinds.Draw(d.Dice, kind, m.inputs)
	} else {
		f = dice.Pick(d.Dice, kinds.Ways(kind, m.inputs), "way")
	}
	f.Kind, f.Operation, f.Attempt = kind, op, attempt
	return f
}

// otherKind exchanges a fault for one of another kind at the same address.
func (m *mutator) otherKind(d *draw.Draft) {
	f := aFault(d)
	*f = m.drawnFault(d, dice.Pick(d.Dice, m.kinds, "kind"), f.Operation, f.Attempt)
}

// otherWay gives a fault other parameters.
func (m *mutator) otherWay(d *draw.Draft) {
	f := aFault(d)
	*f = m.drawnFault(d, f.Kind, f.Operation, f.Attempt)
}

// moveFault moves a fault to another attempt or operation.
func moveFault(d *draw.Draft) {
	f := aFault(d)
	f.Operation = dice.Pick(d.Dice, d.Case.Operations, "operation").ID
	f.Attempt = d.Between(1, constraints.MaxFaulted, "attempt")
}

// addFault adds a fault to one of the first attempts of an operation.
func (m *mutator) addFault(d *draw.Draft) {
	op := dice.Pick(d.Dice, d.Case.Operations, "operation").ID
	kind := dice.Pick(d.Dice, m.kinds, "kind")
	attempt := d.Between(1, constraints.MaxFaulted, "attempt")
	d.Case.Faults = append(d.Case.Faults, m.drawnFault(d, kind, op, attempt))
}

// repeatOnce repeats an operation once more.
func repeatOnce(d *draw.Draft) {
	op := &d.Case.Operations[d.Between(0, len(d.Case.Operations)-1, "operation")]
	op.Attempts = append(op.Attempts, model.PlannedAttempt{Repeat: true, After: d.Backoff(2)})
}

// changeWaits takes the waits before attempts and operations away, or draws those before attempts
// anew.
func changeWaits(d *draw.Draft) {
	waits := d.Between(0, 1, "wait") == 1
	if !waits {
		overlap(d)
	}
	for i := range d.Case.Operations {
		op := &d.Case.Operations[i]
		op.After = 0
		for j := range op.Attempts {
			op.Attempts[j].After = 0
			if waits && j > 0 {
				op.Attempts[j].After = d.Backoff(j)
			}
		}
	}
}

// overlap lets a few copies not await definite answers. A second payload may then come while the
// first one is still at work: that goes wrong in ways of its own, and can seldom be decided.
func overlap(d *draw.Draft) {
	const oneIn = 4
	awaits := func(op model.PlannedOperation) bool { return op.Await != "" }
	if !slices.ContainsFunc(d.Case.Operations, awaits) || d.Between(1, oneIn, "overlap") > 1 {
		return
	}
	for i := range d.Case.Operations {
		d.Case.Operations[i].Await = ""
	}
}

// addOperation adds an operation on the resources of the first one of its tenant, by the same
// client or by another.
func (m *mutator) addOperation(d *draw.Draft) {
	first := dice.Pick(d.Dice, d.Case.Operations, "beside")
	d.Scenario.OneResource = true
	op := d.Operation(first.Client+d.Between(0, 1, "another client"), d.Types())
	op.Tenant = first.Tenant
	d.Put(op)
}
