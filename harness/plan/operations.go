package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// operations draws the operations of a case by its shape.
func (d *drawing) operations() {
	switch d.scenario.Shape {
	case Mismatch:
		d.mismatch()
	case NearMismatch:
		d.nearMismatches()
	case OtherResource:
		d.otherResource()
	case Malformed:
		for range d.in(d.scenario.Operations.or(Range{1, 3}), "operations") {
			op := d.operation(0, d.types())
			op.Key.Style = pick(d, d.styles(keyform.MalformedStyles(d.contract)), "key style")
			d.put(op)
		}
	case Tenants:
		d.tenants()
	case Routes:
		d.routes()
	case SameBody:
		d.sameBody()
	case AlikeKeys:
		d.alike()
	case LeftCopies:
		d.leftCopies()
	case MuchBetween:
		d.muchBetween()
	default:
		d.independent()
	}
}

// put adds operations and names them in order. One whose requests are those of an earlier one gets
// other arguments, and is left out where the contract has none.
func (d *drawing) put(ops ...model.PlannedOperation) {
	for _, op := range ops {
		n := len(d.out.Operations)
		op.ID = OperationID(n)
		if op.Mark == "" {
			op.Mark = fmt.Sprintf("m%d", n+1)
		}
		if op.Key.Name == "" {
			op.Key.Name = fmt.Sprintf("k%d", n+1)
		}
		if d.distinct(&op) {
			d.out.Operations = append(d.out.Operations, op)
		}
	}
}

// OperationID names operations a, b, … z, aa, ab, …
func OperationID(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return OperationID(n/26-1) + OperationID(n%26)
}

// independent draws operations with keys of their own, spread over clients.
func (d *drawing) independent() {
	clients := d.in(d.scenario.Clients.or(Range{1, 1}), "clients")
	n := max(clients, d.in(d.scenario.Operations.or(Range{1, 3}), "operations"))
	for i := range n {
		op := d.operation(i%clients, d.types())
		d.put(op)
	}
}

// mismatch draws two payloads under one key.
func (d *drawing) mismatch() {
	a := d.operation(0, d.types())
	b := d.operation(0, []string{a.Type})
	a.Key.Name = "k1"
	b.Tenant, b.Key, b.Await = a.Tenant, a.Key, OperationID(0)
	d.put(a, b)
}

// nearMismatches draws pairs of such payloads, or one pair where it is said what differs.
func (d *drawing) nearMismatches() {
	if d.differs != "" {
		d.nearMismatch(d.operation(0, d.types()), d.differs)
		return
	}
	for range d.in(Range{1, 3}, "pairs") {
		a := d.operation(0, d.types())
		d.nearMismatch(a, pick(d, differ.In(d.contract, a.Type), "what differs"))
	}
}

// nearMismatch adds a payload, and another one under its key that differs in its marker alone, in
// one step of one number, or in one choice: each is what some fingerprint does not see.
func (d *drawing) nearMismatch(a model.PlannedOperation, differs string) {
	n := len(d.out.Operations)
	a.Key.Name, a.Mark = fmt.Sprintf("k%d", n+1), fmt.Sprintf("m%d", n+1)
	b := a
	b.Args, b.Attempts = maps.Clone(a.Args), slices.Clone(a.Attempts)
	b.Await = OperationID(n)
	switch choices := d.contract.Operations[a.Type].Args[differs].OneOf; {
	case differs == mark:
		b.Mark = fmt.Sprintf("m%d", n+2)
	case len(choices) > 0:
		b.Args[differs] = pick(d, differ.Others(choices, a.Args[differs]), "the other value")
	default:
		value, _ := a.Args[differs].(int64)
		if value == d.contract.Operations[a.Type].Args[differs].Max {
			value -= 2
		}
		b.Args[differs] = value + 1
	}
	d.put(a, b)
}

// mark is the name of the marker in templates.
const mark = "mark"

// alike draws operations whose keys are nearly the same.
func (d *drawing) alike() {
	style := pick(d, d.styles(keyform.AlikeStyles(d.contract)), "key style")
	first := d.operation(0, d.types())
	for i := range 2 {
		op := d.operation(0, []string{first.Type})
		op.Tenant = first.Tenant
		op.Key = model.KeyPlan{Name: "k1", Style: style, Variant: i}
		d.put(op)
	}
}

// leftCopies draws copies of one request, spread over the time that the service works. The client
// of the first leaves when the second waits for it and others are still to come: the service must
// notice in between.
func (d *drawing) leftCopies() {
	const copies, apart, leaves = 4, 250, 400
	op := d.operation(0, d.types())
	op.Attempts = slices.Repeat([]model.PlannedAttempt{{Repeat: true}}, copies)
	d.put(op)
	id := d.out.Operations[0].ID
	d.out.Faults = []fault.Fault{
		{Kind: fault.StaggeredDuplicate, Operation: id, Attempt: 1, Copies: copies, PerMille: apart},
		{
			Kind: fault.Disconnect, Operation: id, Attempt: 1, Mode: fault.Reset,
			PerMille: d.between(leaves-apart/10, leaves+apart/10, "per mille of the service time"),
		},
	}
}

// muchBetween draws many operations of one type on the same resources. The client of the first
// leaves and repeats it, like all others, after the last. All numbers are equally likely, so that
// what there is gets used up.
func (d *drawing) muchBetween() {
	types := d.types()
	for i := range d.in(d.scenario.Operations.or(Range{11, 14}), "operations") {
		op := d.operation(0, types)
		d.even(op)
		op.Attempts[0].Repeat = i == 0 // it is struck and must be made
		types = []string{op.Type}
		d.put(op)
	}
	d.out.Faults = []fault.Fault{{
		Kind: fault.Disconnect, Operation: d.out.Operations[0].ID, Attempt: 1, Mode: fault.Reset,
		PerMille: d.between(0, 900, "per mille of the service time"),
	}}
}

// styles returns key styles to draw from.
func (d *drawing) styles(all []model.KeyStyle) []model.KeyStyle {
	if d.style != "" {
		return []model.KeyStyle{d.style}
	}
	return all
}

// types lists the operation types to draw from.
func (d *drawing) types() []string { return operationTypes(d.scenario, d.contract) }

// operationTypes lists the operation types of a scenario, or all of the contract, that suit its
// shape.
func operationTypes(s Scenario, c *model.Contract) []string {
	all := s.Types
	if len(all) == 0 {
		all = slices.Sorted(maps.Keys(c.Operations))
	}
	return slices.DeleteFunc(slices.Clone(all), func(typ string) bool {
		fails := len(c.Operations[typ].FailsWhen) > 0
		return !suits(s.Shape, c, typ) || s.Failing && !fails
	})
}

// suits reports whether operations of a type can take a shape.
func suits(shape Shape, c *model.Contract, typ string) bool {
	if shape.aboutKeys() && !template.SendsKey(c, typ) {
		return false
	}
	switch shape {
	case Mismatch:
		return varies(c, typ)
	case NearMismatch:
		return len(differ.In(c, typ)) > 0
	case OtherResource:
		return len(resourcesSent(c, typ)) > 0
	}
	return true
}

// operation draws one operation with one attempt.
func (d *drawing) operation(client int, types []string) model.PlannedOperation {
	op := model.PlannedOperation{
		Client: client, Type: pick(d, types, "type"), Key: model.KeyPlan{Style: model.KeyPlain},
		Tenant:   d.contract.TenantNames()[0],
		Attempts: []model.PlannedAttempt{{}},
	}
	if !d.scenario.OneResource {
		op.Tenant = pick(d, d.contract.TenantNames(), "tenant")
	}
	if client > 0 && !d.scenario.OneResource {
		op.After = d.micros(0, 20*time.Millisecond, "start")
	}
	op.Args = d.argumentsOf(op.Type)
	return op
}
