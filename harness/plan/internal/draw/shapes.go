package draw

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/internal/span"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// shapes says how the operations of a case are drawn, by shape.
var shapes = map[scenario.Shape]func(*Draft){
	scenario.Independent:            independent,
	scenario.Mismatch:               mismatch,
	scenario.NearMismatch:           nearMismatches,
	scenario.OtherResource:          otherResource,
	scenario.Malformed:              malformed,
	scenario.Tenants:                tenants,
	scenario.Routes:                 routes,
	scenario.SameBody:               sameBody,
	scenario.CollidingKeys:          collidingKeys,
	scenario.OddKeys:                oddKeys,
	scenario.HugeKeys:               oddKeys,
	scenario.Strangers:              strangers,
	scenario.AbandonedDuplicates:    abandonedDuplicates,
	scenario.RetryAfterOtherTraffic: retryAfterOtherTraffic,
}

// malformed draws operations whose keys are missing or unparseable.
func malformed(d *Draft) {
	for range d.In(d.Scenario.Operations.Or(1, 3), "operations") {
		op := d.Operation(0, d.Types())
		op.Key.Style = dice.Pick(d.Dice, d.styles(keyform.MalformedStyles(d.contract)), "key style")
		d.Put(op)
	}
}

// independent draws operations with keys of their own, spread over clients.
func independent(d *Draft) {
	clients := d.In(d.Scenario.Clients.Or(1, 1), "clients")
	n := max(clients, d.In(d.Scenario.Operations.Or(1, 3), "operations"))
	for i := range n {
		op := d.Operation(i%clients, d.Types())
		d.Put(op)
	}
}

// mismatch draws two payloads under one key.
func mismatch(d *Draft) {
	a := d.Operation(0, d.Types())
	b := d.Operation(0, []string{a.Type})
	a.Key.Name = "k1"
	b.Tenant, b.Key, b.Await = a.Tenant, a.Key, OperationID(0)
	d.Put(a, b)
}

// nearMismatches draws pairs of such payloads, or one pair where it is said what differs.
func nearMismatches(d *Draft) {
	if d.Differs != "" {
		nearMismatch(d, d.Operation(0, d.Types()), d.Differs)
		return
	}
	for range d.Between(1, 3, "pairs") {
		a := d.Operation(0, d.Types())
		nearMismatch(d, a, dice.Pick(d.Dice, differ.In(d.contract, a.Type), "what differs"))
	}
}

// nearMismatch adds a payload, and another one under its key that differs in its correlation ID
// alone, in one step of one number, or in one choice: each is what some fingerprint does not see.
func nearMismatch(d *Draft, a model.PlannedOperation, differs string) {
	n := len(d.Case.Operations)
	a.Key.Name, a.CorrelationID = fmt.Sprintf("k%d", n+1), fmt.Sprintf("m%d", n+1)
	b := a
	b.Args, b.Attempts = maps.Clone(a.Args), slices.Clone(a.Attempts)
	b.Await = OperationID(n)
	switch arg := d.contract.Operations[a.Type].Args[differs]; {
	case differs == differ.CorrelationID:
		b.CorrelationID = fmt.Sprintf("m%d", n+2)
	case len(arg.OneOf) > 0:
		b.Args[differs] = dice.Pick(d.Dice, differ.Others(arg.OneOf, a.Args[differs]), "the other value")
	default:
		b.Args[differs] = span.Beside(d.T, arg, a.Args[differs], differs)
	}
	d.Put(a, b)
}

// collidingKeys draws operations whose keys are nearly the same.
func collidingKeys(d *Draft) {
	style := dice.Pick(d.Dice, d.styles(keyform.AlikeStyles(d.contract)), "key style")
	first := d.Operation(0, d.Types())
	for i := range 2 {
		op := d.Operation(0, []string{first.Type})
		op.Tenant = first.Tenant
		op.Key = model.KeyPlan{Name: "k1", Style: style, Variant: i}
		d.Put(op)
	}
}

// strangers draws an operation whose first attempt has wrong credentials, and another one.
func strangers(d *Draft) {
	a := d.Operation(0, d.Types())
	b := d.Operation(0, []string{a.Type})
	a.Attempts = []model.PlannedAttempt{{Repeat: true, Stranger: true}, {Repeat: true}}
	b.Tenant = a.Tenant
	d.Put(a, b)
}

// abandonedDuplicates draws copies of one request, spread over the time that the service works. The
// client of the first leaves when the second waits for it and others are still to come: the service
// must notice in between.
func abandonedDuplicates(d *Draft) {
	const copies, stagger, leaves = 4, 250, 400
	op := d.Operation(0, d.Types())
	op.Attempts = slices.Repeat([]model.PlannedAttempt{{Repeat: true}}, copies)
	d.Put(op)
	id := d.Case.Operations[0].ID
	d.Case.Faults = []fault.Fault{
		{Kind: fault.StaggeredDuplicate, Operation: id, Attempt: 1, Copies: copies, PerMille: stagger},
		{
			Kind: fault.Disconnect, Operation: id, Attempt: 1, Mode: fault.Reset,
			PerMille: d.Between(leaves-stagger/10, leaves+stagger/10, "per mille of the service time"),
		},
	}
}

// retryAfterOtherTraffic draws many operations of one type on the same resources. The client of the
// first leaves and repeats it, like all others, after the last. All numbers are equally likely, so
// that what there is gets used up.
func retryAfterOtherTraffic(d *Draft) {
	types := d.Types()
	for i := range d.In(d.Scenario.Operations.Or(11, 14), "operations") {
		op := d.Operation(0, types)
		d.even(op)
		op.Attempts[0].Repeat = i == 0 // it has the fault and must be made
		types = []string{op.Type}
		d.Put(op)
	}
	d.Case.Faults = []fault.Fault{{
		Kind: fault.Disconnect, Operation: d.Case.Operations[0].ID, Attempt: 1, Mode: fault.Reset,
		PerMille: d.Between(0, 900, "per mille of the service time"),
	}}
}
