package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// wire says what of planned operations a service can see. Names that only a bound case has, such as
// ids of resources, are stood in for by names of the plan: equal where the real ones are.
type wire struct {
	contract  *model.Contract
	resources []model.Resource
}

// wireOf is the wire of a case.
func wireOf(c *model.Case, contract *model.Contract) wire { return wire{contract, c.Resources} }

// key is the lines that carry the key of an operation in the header of the contract; none without.
func (w wire) key(op *model.PlannedOperation) []string {
	if w.contract.Key.Header == "" {
		return nil
	}
	_, lines := keyform.Lines(w.contract, op.Key, keyform.PlannedNonce)
	return lines
}

// payload is the method, path, own headers and body of an operation. What each attempt has for
// itself tells no operations apart.
func (w wire) payload(op *model.PlannedOperation) string {
	typ := w.contract.Operations[op.Type]
	vars := template.Vars{}
	for _, name := range template.Sent(typ) {
		vars[name] = w.value(op, name)
	}
	path, err := template.Path(typ.Path, vars)
	if err != nil {
		return op.ID // a template that cannot be filled in fails when the case is bound
	}
	body, _, err := template.Body(typ.Body, vars)
	if err != nil {
		return op.ID
	}
	headers, err := template.Headers(typ.Headers, vars)
	if err != nil {
		return op.ID
	}
	return fmt.Sprintf("%s %s %v %s", typ.Method, path, headers, body) // headers sorted by name
}

// value is what stands for {name} in the requests of an operation.
func (w wire) value(op *model.PlannedOperation, name string) any {
	switch name {
	case mark:
		return op.Mark
	case template.Attempt:
		return template.Unnumbered
	case "key":
		v, _ := keyform.Lines(w.contract, op.Key, keyform.PlannedNonce)
		return v
	}
	arg, rest, _ := strings.Cut(name, ".")
	v := value.Normal(op.Args[arg])
	typ := w.contract.Operations[op.Type].Args[arg].Resource
	for typ != "" && rest != "" && rest != "id" {
		need, further, _ := strings.Cut(rest, ".")
		needed, known := w.contract.Resources[typ].Needs[need]
		if !known {
			return fmt.Sprint(v, ".", rest)
		}
		v, typ, rest = firstOf(w.resources, needed), needed, further
	}
	return v
}

// same reports whether two operations are one to every service although the plan has two: their
// requests are the same bytes, for they have one caller, key, method, path and body. Without a key
// that may be left out they are two by contract.
func (w wire) same(a, b *model.PlannedOperation) bool {
	if w.contract.Key.Keyless(a.Key.Style) && w.contract.Key.IsOptional() {
		return false
	}
	return callerOf(w.contract, a.Tenant) == callerOf(w.contract, b.Tenant) &&
		(w.sameThing(a, b) || slices.Equal(w.key(a), w.key(b)) && w.payload(a) == w.payload(b))
}

// sameThing reports whether two operations may ask for the same thing without sending a key: then a
// service may answer the second that it was done before, whatever else is in its payload. What is
// done once is then one thing for each resource.
func (w wire) sameThing(a, b *model.PlannedOperation) bool {
	first, second := w.contract.Operations[a.Type], w.contract.Operations[b.Type]
	if len(w.contract.Promises.Done) == 0 || template.SendsKey(w.contract, a.Type) ||
		first.Method != second.Method || first.Path != second.Path {
		return false
	}
	one, other := w.things(a), w.things(b)
	return len(one) > 0 && slices.Equal(one, other)
}

// things lists the resources that an operation names.
func (w wire) things(op *model.PlannedOperation) []any {
	var out []any
	for _, name := range template.Sent(w.contract.Operations[op.Type]) {
		arg, _, _ := strings.Cut(name, ".")
		if w.contract.Operations[op.Type].Args[arg].Resource != "" {
			out = append(out, w.value(op, name))
		}
	}
	return out
}

// onePerRequest reports whether no two operations of a case are one to a service.
func onePerRequest(c *model.Case, contract *model.Contract) bool {
	w := wireOf(c, contract)
	for i := range c.Operations {
		for j := range i {
			if w.same(&c.Operations[i], &c.Operations[j]) {
				return false
			}
		}
	}
	return true
}

// callerOf is what a service can tell a tenant by: the headers that it sends.
func callerOf(c *model.Contract, tenant string) string {
	return fmt.Sprint(c.Tenants[tenant].Headers) // sorted by name
}

// redraws is how many times the arguments of an operation are drawn anew until no other one has its
// requests. In the end they are drawn from maxMore more resources of a type than usual. These are
// few, because some services run out of what they have.
const redraws, maxMore = 32, 3

// distinct gives an operation arguments under which its requests are its own, on further resources
// if need be. It reports whether there are any: a contract may leave no choice.
func (d *drawing) distinct(op *model.PlannedOperation) bool {
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
func (d *drawing) taken(op *model.PlannedOperation) bool {
	w := wireOf(&d.out, d.contract)
	for i := range d.out.Operations {
		if w.same(&d.out.Operations[i], op) {
			return true
		}
	}
	return false
}

// varies reports whether two payloads of a type can differ: it sends the marker, or an argument of
// which there are several values.
func varies(c *model.Contract, typ string) bool {
	t := c.Operations[typ]
	for _, name := range template.Sent(t) {
		arg, known := t.Args[strings.TrimSuffix(name, ".id")]
		several := arg.Resource != "" || arg.Min < arg.Max || len(arg.OneOf) > 1
		if name == mark || known && several {
			return true
		}
	}
	return false
}
