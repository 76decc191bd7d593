package harness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/model"
)

// operations draws the operations of a case by its shape.
func (d *drawing) operations() {
	switch d.scenario.Shape {
	case Mismatch:
		d.mismatch()
	case Malformed:
		for range d.in(d.scenario.Operations.or(Range{1, 3}), "operations") {
			op := d.operation(0, d.types())
			op.Key.Style = pick(d, malformedStyles(d.contract), "key style")
			d.put(op)
		}
	case Tenants:
		d.tenants()
	case Routes:
		d.routes()
	case SameBody:
		a := d.operation(0, d.types())
		b := twin(a)
		b.Key.Name = "k2"
		d.put(a, b)
	case AlikeKeys:
		d.alike()
	default:
		d.independent()
	}
}

// put adds operations and names them in order.
func (d *drawing) put(ops ...model.PlannedOperation) {
	for _, op := range ops {
		n := len(d.out.Operations)
		op.ID = operationID(n)
		if op.Mark == "" {
			op.Mark = fmt.Sprintf("m%d", n+1)
		}
		if op.Key.Name == "" {
			op.Key.Name = fmt.Sprintf("k%d", n+1)
		}
		d.out.Operations = append(d.out.Operations, op)
	}
}

// operationID names operations a, b, … z, aa, ab, …
func operationID(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return operationID(n/26-1) + operationID(n%26)
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

// mismatch draws two payloads under one key: apart, or alike but for their end or for one step of one
// number. Each is what some fingerprint does not see.
func (d *drawing) mismatch() {
	a := d.operation(0, d.types())
	b := d.operation(0, []string{a.Type})
	a.Key.Name = "k1"
	b.Tenant, b.Key = a.Tenant, a.Key
	numbers := d.numbers(a.Type)
	switch near := d.between(0, 3, "nearness"); {
	case near == 0 && sends(d.contract.Operations[a.Type], "mark"):
		b.Args = maps.Clone(a.Args)
	case near > 1 && len(numbers) > 0:
		name := pick(d, numbers, "number")
		b = twin(a)
		n, _ := a.Args[name].(int64)
		if n == d.contract.Operations[a.Type].Args[name].Max {
			n -= 2
		}
		b.Args[name] = n + 1
	}
	d.put(a, b)
}

// numbers lists the arguments of a type that are numbers with a choice, and are sent.
func (d *drawing) numbers(typ string) []string {
	t := d.contract.Operations[typ]
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.Args)) {
		a := t.Args[name]
		if a.Resource == "" && len(a.OneOf) == 0 && a.Min < a.Max && sends(t, name) {
			out = append(out, name)
		}
	}
	return out
}

// sends tells whether an argument can be seen in the payload or the path.
func sends(t model.OperationType, name string) bool {
	return strings.Contains(fmt.Sprint(t.Body, t.Path), "{"+name+"}")
}

// tenants draws one payload under one key for two tenants.
func (d *drawing) tenants() {
	a := d.operation(0, d.types())
	b := twin(a)
	names := tenantNames(d.contract)
	i := slices.Index(names, a.Tenant)
	b.Tenant = names[(i+d.between(1, len(names)-1, "other tenant"))%len(names)]
	d.put(a, b)
}

// routes draws one key for two routes.
func (d *drawing) routes() {
	types := routes(d.contract)
	i := d.between(0, len(types)-1, "route")
	j := (i + d.between(1, len(types)-1, "other route")) % len(types)
	a := d.operation(0, types[i:i+1])
	b := d.operation(0, types[j:j+1])
	a.Key.Name, b.Key.Name = "k1", "k1"
	b.Tenant = a.Tenant
	d.put(a, b)
}

// alike draws operations whose keys are nearly the same.
func (d *drawing) alike() {
	styles := []model.KeyStyle{model.KeyCase}
	if d.contract.Key.MaxLength > 1 {
		styles = append(styles, model.KeyLong, model.KeyLong)
	}
	if quoted(d.contract) {
		styles = append(styles, model.KeySpaces)
	}
	style := pick(d, styles, "key style")
	first := d.operation(0, d.types())
	for i := range 2 {
		op := d.operation(0, []string{first.Type})
		op.Tenant = first.Tenant
		op.Key = model.KeyPlan{Name: "k1", Style: style, Variant: i}
		d.put(op)
	}
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

// types lists the operation types to draw from.
func (d *drawing) types() []string {
	if len(d.scenario.Types) > 0 {
		return d.scenario.Types
	}
	return slices.Sorted(maps.Keys(d.contract.Operations))
}

// tenantNames lists the tenants; a contract without any has one nameless tenant.
func tenantNames(c *model.Contract) []string {
	if len(c.Tenants) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(c.Tenants))
}

// operation draws one operation with one attempt.
func (d *drawing) operation(client int, types []string) model.PlannedOperation {
	op := model.PlannedOperation{
		Client: client, Type: pick(d, types, "type"), Key: model.KeyPlan{Style: model.KeyPlain},
		Tenant:   tenantNames(d.contract)[0],
		Attempts: []model.PlannedAttempt{{}},
	}
	if !d.scenario.OneResource {
		op.Tenant = pick(d, tenantNames(d.contract), "tenant")
	}
	if client > 0 && !d.scenario.OneResource {
		op.After = d.micros(0, 20*time.Millisecond, "start")
	}
	op.Args = d.arguments(d.contract.Operations[op.Type].Args)
	return op
}

// arguments draws the arguments of an operation.
func (d *drawing) arguments(args map[string]model.Arg) map[string]any {
	out := map[string]any{}
	offset, taken := map[string]int{}, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		a := args[name]
		switch {
		case a.Resource != "":
			pool := d.pool(args, a.Resource)
			if taken[a.Resource] == 0 {
				offset[a.Resource] = d.between(0, pool-1, "resource")
			}
			n := (offset[a.Resource]+taken[a.Resource])%pool + 1
			taken[a.Resource]++
			out[name] = d.hold(a.Resource, fmt.Sprintf("%s-%d", a.Resource, n))
		case len(a.OneOf) > 0:
			out[name] = pick(d, a.OneOf, name)
		default:
			out[name] = rapid.Int64Range(a.Min, max(a.Min, a.Max)).Draw(d.T, name)
		}
	}
	return out
}

// pool is how many resources of a type a case chooses from: as many as one operation needs, and two
// unless all operations are to meet on the same ones.
func (d *drawing) pool(args map[string]model.Arg, typ string) int {
	n := 0
	for _, a := range args {
		if a.Resource == typ {
			n++
		}
	}
	if d.scenario.OneResource {
		return n
	}
	return max(n, 2)
}

// hold adds a resource to the case, what it needs first, and returns its name.
func (d *drawing) hold(typ, name string) string {
	if slices.ContainsFunc(d.out.Resources, func(r model.Resource) bool { return r.Name == name }) {
		return name
	}
	needs := d.contract.Resources[typ].Needs
	for _, need := range slices.Sorted(maps.Keys(needs)) {
		d.hold(needs[need], needs[need]+"-1")
	}
	d.out.Resources = append(d.out.Resources, model.Resource{Name: name, Type: typ})
	return name
}
