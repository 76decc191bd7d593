package plan

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Mutator changes cases a little. All of its dice come from the plan's seed and the number of the
// new case.
type Mutator struct {
	plan     *model.Plan
	contract *model.Contract
	kinds    []fault.Kind
	points   []string
}

// NewMutator learns from the plan which faults may be planned.
func NewMutator(p *model.Plan, c *model.Contract) *Mutator {
	m := &Mutator{plan: p, contract: c}
	kinds, points := map[fault.Kind]bool{}, map[string]bool{}
	for i := range p.Cases {
		for _, f := range p.Cases[i].Faults {
			kinds[f.Kind] = true
			points[f.Point] = true
		}
	}
	delete(points, "")
	m.kinds, m.points = slices.Sorted(maps.Keys(kinds)), slices.Sorted(maps.Keys(points))
	return m
}

// Mutants returns n changed copies of some cases, of small ones if there are any. The cases take
// turns, the last first: they are what the latest round has shown.
func (m *Mutator) Mutants(parents []model.Case, n int) []model.Case {
	small := slices.DeleteFunc(slices.Clone(parents), func(c model.Case) bool { return !handy(&c) })
	if len(small) > 0 {
		parents = small
	}
	out := make([]model.Case, n)
	for i := range out {
		parent := parents[len(parents)-1-i%len(parents)]
		out[i] = m.mutant(parent, len(m.plan.Cases)+i)
	}
	return out
}

// mutant returns a changed copy of a case, with the dice of a number.
func (m *Mutator) mutant(parent model.Case, number int) model.Case {
	return rapid.Custom(func(t *rapid.T) model.Case {
		d := &drawing{T: t, contract: m.contract, points: m.points}
		d.out = parent.Clone()
		d.out.Scenario = Novel
		for range d.between(1, 2, "changes") {
			m.change(d)
		}
		return d.out
	}).Example(caseSeed(m.plan.Seed, Novel, number))
}

// tries is how many changes are tried until one leaves a case that can be driven.
const tries = 6

// change makes one change. When none of several fits, only waits are changed, which always does.
func (m *Mutator) change(d *drawing) {
	changes := []func(*drawing){m.addOperation, repeatOnce, hurry}
	if len(m.kinds) > 0 {
		changes = append(changes, m.addFault, m.addFault)
	}
	if len(d.out.Faults) > 0 {
		changes = append(changes, m.otherKind, m.otherWay, m.otherWay, moveFault)
	}
	before := d.out
	for range tries {
		d.out = before.Clone()
		pick(d, changes, "change")(d)
		extendAll(&d.out)
		if fits(&d.out) && handy(&d.out) {
			return
		}
	}
	d.out = before.Clone()
	hurry(d)
}

// aFault picks a fault of the case.
func aFault(d *drawing) *fault.Fault {
	return &d.out.Faults[d.between(0, len(d.out.Faults)-1, "which fault")]
}

// drawnFault draws a fault at an address: by its dice, or in one of the calibrated ways.
func (m *Mutator) drawnFault(d *drawing, kind fault.Kind, op string, attempt int) fault.Fault {
	var f fault.Fault
	if d.between(0, 1, "calibrated") == 0 {
		f = d.fault(kind, attempt)
	} else {
		f = pick(d, variants(kind, m.contract.Timeout(), m.points), "way")
	}
	f.Kind, f.Operation, f.Attempt = kind, op, attempt
	return f
}

// otherKind exchanges a fault for one of another kind at the same address.
func (m *Mutator) otherKind(d *drawing) {
	f := aFault(d)
	*f = m.drawnFault(d, pick(d, m.kinds, "kind"), f.Operation, f.Attempt)
}

// otherWay gives a fault other parameters.
func (m *Mutator) otherWay(d *drawing) {
	f := aFault(d)
	*f = m.drawnFault(d, f.Kind, f.Operation, f.Attempt)
}

// moveFault moves a fault to another attempt or operation.
func moveFault(d *drawing) {
	f := aFault(d)
	f.Operation = pick(d, d.out.Operations, "operation").ID
	f.Attempt = d.between(1, mostStruck, "attempt")
}

// addFault adds a fault to one of the first attempts of an operation.
func (m *Mutator) addFault(d *drawing) {
	op := pick(d, d.out.Operations, "operation").ID
	f := m.drawnFault(d, pick(d, m.kinds, "kind"), op, d.between(1, mostStruck, "attempt"))
	d.out.Faults = append(d.out.Faults, f)
}

// repeatOnce repeats an operation once more.
func repeatOnce(d *drawing) {
	op := &d.out.Operations[d.between(0, len(d.out.Operations)-1, "operation")]
	op.Attempts = append(op.Attempts, model.PlannedAttempt{Repeat: true, After: d.backoff(2)})
}

// hurry takes the waits before attempts and operations away, or draws those before attempts anew.
func hurry(d *drawing) {
	waits := d.between(0, 1, "wait") == 1
	if !waits {
		overlap(d)
	}
	for i := range d.out.Operations {
		op := &d.out.Operations[i]
		op.After = 0
		for j := range op.Attempts {
			op.Attempts[j].After = 0
			if waits && j > 0 {
				op.Attempts[j].After = d.backoff(j)
			}
		}
	}
}

// overlap lets a few copies not await definite answers. A second payload may then come while the
// first one is still at work: that goes wrong in ways of its own, and can seldom be decided.
func overlap(d *drawing) {
	const oneIn = 4
	awaits := func(op model.PlannedOperation) bool { return op.Await != "" }
	if !slices.ContainsFunc(d.out.Operations, awaits) || d.between(1, oneIn, "overlap") > 1 {
		return
	}
	for i := range d.out.Operations {
		d.out.Operations[i].Await = ""
	}
}

// addOperation adds an operation on the resources of the first one of its tenant, by the same
// client or by another.
func (m *Mutator) addOperation(d *drawing) {
	first := pick(d, d.out.Operations, "beside")
	d.scenario.OneResource = true
	op := d.operation(first.Client+d.between(0, 1, "another client"), d.types())
	op.Tenant = first.Tenant
	d.put(op)
}
