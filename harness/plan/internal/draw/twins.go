package draw

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/internal/request"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
)

// Twins are two operations that a wrong service takes for one. Everything in their
// requests is the same except what the shape names: a service may tell them apart by anything else.

// otherResource draws an operation, and another one that differs from it only in one resource.
func otherResource(d *Draft) {
	a := d.Operation(0, d.Types())
	b := twin(a)
	b.Await = OperationID(0)
	name := dice.Pick(d.Dice, applicable.ResourcesSent(d.contract, a.Type), "argument that differs")
	typ, taken := d.contract.Operations[a.Type].Args[name].Resource, values(a.Args)
	for n := 1; slices.Contains(taken, b.Args[name]); n++ {
		b.Args[name] = fmt.Sprintf("%s-%d", typ, n)
	}
	d.hold(typ, fmt.Sprint(b.Args[name]))
	d.Put(a, b)
}

// values lists drawn arguments.
func values(args map[string]any) []any { return slices.Collect(maps.Values(args)) }

// sameBody draws one payload under two keys, or without any.
func sameBody(d *Draft) {
	a := d.Operation(0, d.Types())
	if d.Style != "" || d.contract.Key.IsOptional() && d.Between(0, 1, "keys left out") == 1 {
		a.Key.Style = dice.Pick(d.Dice, d.styles(keyform.AbsentStyles(d.contract)), "how it is left out")
	}
	b := twin(a)
	b.Key.Name = "k2"
	d.Put(a, b)
}

// oddKeys draws one payload under two keys that a service may take for one, if it reads them as
// code or cuts them off. Of another payload it would see a mismatch, and that it may refuse.
func oddKeys(d *Draft) {
	a := d.Operation(0, d.Types())
	a.Key.Style = model.KeyHuge
	b := twin(a)
	b.Await, b.Key.Variant = OperationID(0), 1
	if d.Scenario.Shape == scenario.OddKeys {
		a.Key.Style, b.Key.Style, b.Key.Variant = model.KeyPlain, model.KeyOdd, d.Scenario.Variant
		if b.Key.Variant == 0 {
			b.Key.Variant = d.Between(1, keyform.OddKeys(d.contract), "odd key")
		}
	}
	d.Put(a, b)
}

// tenants draws one payload under one key for two tenants.
func tenants(d *Draft) {
	a := d.Operation(0, d.Types())
	b := twin(a)
	names := d.contract.TenantNames()
	i := slices.Index(names, a.Tenant)
	others := slices.DeleteFunc(slices.Concat(names[i:], names[:i]), func(name string) bool {
		return d.contract.Caller(name) == d.contract.Caller(a.Tenant)
	})
	b.Tenant = dice.Pick(d.Dice, others, "other tenant")
	b.Client = dice.Pick(d.Dice, d.Seconds, "client of the second")
	d.Put(a, b)
}

// routes draws one key for two routes, with as much of one payload as both have fields for: a
// difference elsewhere would let a service refuse what it took for a repeat.
func routes(d *Draft) {
	pair := dice.Pick(d.Dice, routePairs(d), "routes")
	first := d.Between(0, 1, "which comes first")
	a := d.Operation(0, pair[first:first+1])
	b := d.Operation(0, pair[1-first:2-first])
	a.Key.Name, b.Key.Name = "k1", "k1"
	a.CorrelationID, b.CorrelationID = "m1", "m1"
	b.Tenant = a.Tenant
	resemble(d, &b, a)
	b.Client = dice.Pick(d.Dice, d.Seconds, "client of the second")
	d.Put(a, b)
	d.Case.Resources = request.UsedResources(d.Case, d.contract)
}

// resemble gives b the arguments of a as far as its type has and takes them, so that fields of one
// name hold the same.
func resemble(d *Draft, b *model.PlannedOperation, a model.PlannedOperation) {
	theirs, own := d.contract.Operations[a.Type].Args, d.contract.Operations[b.Type].Args
	for _, name := range slices.Sorted(maps.Keys(own)) {
		value, known := a.Args[name]
		if !known || theirs[name].Resource != own[name].Resource || !takes(own[name], value) {
			continue
		}
		for other, v := range b.Args { // no operation names a resource twice
			if own[name].Resource != "" && other != name && v == value {
				b.Args[other] = b.Args[name]
			}
		}
		b.Args[name] = value
	}
}

// takes reports whether a drawn value may be one of an argument.
func takes(a model.Arg, value any) bool {
	return a.Resource != "" || differ.Holds(a, value)
}

// routePairs lists every two routes, and those on one path, which only the method tells apart,
// several times.
func routePairs(d *Draft) [][]string {
	c, types := d.contract, routesOf(d)
	var out [][]string
	for i, a := range types {
		for _, b := range types[:i] {
			out = append(out, []string{a, b})
			if c.Operations[a].Path == c.Operations[b].Path {
				out = append(out, []string{a, b}, []string{a, b}, []string{a, b})
			}
		}
	}
	return out
}

// routesOf lists one operation type per route, of the scenario's types when these are two routes.
func routesOf(d *Draft) []string {
	all := applicable.RouteTypes(d.contract)
	some := lists.Where(all, func(typ string) bool { return slices.Contains(d.Types(), typ) })
	if len(some) < 2 {
		return all
	}
	return some
}

// twin copies an operation: same type, arguments, key and correlation ID. As the first operation of
// a case gets key k1 and correlation ID m1, so does its twin.
func twin(a model.PlannedOperation) model.PlannedOperation {
	b := a
	b.CorrelationID, b.Key.Name = "m1", "k1"
	b.Args = maps.Clone(a.Args)
	b.Attempts = slices.Clone(a.Attempts)
	return b
}
