package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

// Twins are two operations that a wrong service takes for one. All of their requests that may be
// the same is the same: by whatever differs besides a service may tell them apart.

// otherResource draws an operation, and another one that differs from it only in one resource.
func (d *drawing) otherResource() {
	a := d.operation(0, d.types())
	b := twin(a)
	b.Await = OperationID(0)
	name := pick(d, resourcesSent(d.contract, a.Type), "argument that differs")
	typ, taken := d.contract.Operations[a.Type].Args[name].Resource, values(a.Args)
	for n := 1; slices.Contains(taken, b.Args[name]); n++ {
		b.Args[name] = fmt.Sprintf("%s-%d", typ, n)
	}
	d.hold(typ, fmt.Sprint(b.Args[name]))
	d.put(a, b)
}

// values lists drawn arguments.
func values(args map[string]any) []any { return slices.Collect(maps.Values(args)) }

// resourcesSent lists the arguments of a type that name a resource which its requests show by its
// id.
func resourcesSent(c *model.Contract, typ string) []string {
	t := c.Operations[typ]
	sent := template.Sent(t)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.Args)) {
		shown := slices.Contains(sent, name) || slices.Contains(sent, name+".id")
		if t.Args[name].Resource != "" && shown {
			out = append(out, name)
		}
	}
	return out
}

// sameBody draws one payload under two keys, or without any.
func (d *drawing) sameBody() {
	a := d.operation(0, d.types())
	if d.style != "" || d.contract.Key.IsOptional() && d.between(0, 1, "keys left out") == 1 {
		a.Key.Style = pick(d, d.styles(keyform.AbsentStyles(d.contract)), "how it is left out")
	}
	b := twin(a)
	b.Key.Name = "k2"
	d.put(a, b)
}

// tenants draws one payload under one key for two tenants.
func (d *drawing) tenants() {
	a := d.operation(0, d.types())
	b := twin(a)
	names := d.contract.TenantNames()
	i := slices.Index(names, a.Tenant)
	others := slices.DeleteFunc(slices.Concat(names[i:], names[:i]), func(name string) bool {
		return callerOf(d.contract, name) == callerOf(d.contract, a.Tenant)
	})
	b.Tenant = pick(d, others, "other tenant")
	d.put(a, b)
}

// routes draws one key for two routes, with as much of one payload as both have fields for: a
// difference elsewhere would let a service refuse what it took for a repeat.
func (d *drawing) routes() {
	pair := pick(d, d.routePairs(), "routes")
	first := d.between(0, 1, "which comes first")
	a := d.operation(0, pair[first:first+1])
	b := d.operation(0, pair[1-first:2-first])
	a.Key.Name, b.Key.Name = "k1", "k1"
	a.Mark, b.Mark = "m1", "m1"
	b.Tenant = a.Tenant
	d.resemble(&b, a)
	d.put(a, b)
	d.out.Resources = usedResources(d.out, d.contract)
}

// resemble gives b the arguments of a as far as its type has and takes them, so that fields of one
// name hold the same.
func (d *drawing) resemble(b *model.PlannedOperation, a model.PlannedOperation) {
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
	n, number := value.(int64)
	switch {
	case a.Resource != "":
		return true
	case len(a.OneOf) > 0:
		return slices.Contains(a.OneOf, value)
	}
	return number && a.Min <= n && n <= max(a.Min, a.Max)
}

// routePairs lists every two routes, and those on one path, which only the method tells apart,
// several times.
func (d *drawing) routePairs() [][]string {
	c, types := d.contract, d.routesOf()
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
func (d *drawing) routesOf() []string {
	all := RouteTypes(d.contract)
	some := slices.DeleteFunc(slices.Clone(all), func(typ string) bool {
		return !slices.Contains(d.types(), typ)
	})
	if len(some) < 2 {
		return all
	}
	return some
}

// twin copies an operation: same type, arguments, key and marker. As the first operation of a case
// gets key k1 and marker m1, so does its twin.
func twin(a model.PlannedOperation) model.PlannedOperation {
	b := a
	b.Mark, b.Key.Name = "m1", "k1"
	b.Args = maps.Clone(a.Args)
	b.Attempts = slices.Clone(a.Attempts)
	return b
}
