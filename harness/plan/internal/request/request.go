// Package request says what of planned operations a service can see.
package request

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/internal/prepared"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Requests are those of the operations of a case. Names that only a bound case has, such as
// ids of resources, are stood in for by names of the plan: equal where the real ones are.
type Requests struct {
	contract  *model.Contract
	resources []model.Resource
}

// Of returns the requests of a case.
func Of(c *model.Case, contract *model.Contract) Requests {
	return Requests{contract, c.Resources}
}

// key is the lines that carry the key of an operation in the header of the contract; none without.
func (r Requests) key(op *model.PlannedOperation) []string {
	if r.contract.Key.Header == "" {
		return nil
	}
	_, lines := keyform.Lines(r.contract, op.Key, keyform.PlannedNonce)
	return lines
}

// payload is the method, path with its query, own headers and body of an operation. What each
// attempt has for itself tells no operations apart.
func (r Requests) payload(op *model.PlannedOperation) string {
	typ := r.contract.Operations[op.Type]
	vars := template.Vars{}
	for _, name := range template.Sent(typ) {
		vars[name] = r.value(op, name)
	}
	sent, err := template.Render(typ.Path, typ.Content(), vars)
	if err != nil {
		return op.ID // a template that cannot be filled in fails when the case is bound
	}
	// Headers are sorted by name.
	return fmt.Sprintf("%s %s %v %s", typ.Method, sent.Path, sent.Headers, sent.Body)
}

// value is what stands for {name} in the requests of an operation.
func (r Requests) value(op *model.PlannedOperation, name string) any {
	switch name {
	case differ.CorrelationID:
		return op.CorrelationID
	case template.Attempt:
		return template.Unnumbered
	case "key":
		v, _ := keyform.Lines(r.contract, op.Key, keyform.PlannedNonce)
		return v
	}
	if slices.Contains(prepared.Captures(r.contract.Operations[op.Type]), name) {
		return name + " of " + prepared.Name(r.contract, op)
	}
	arg, rest, _ := strings.Cut(name, ".")
	v := value.Normal(op.Args[arg])
	typ := r.contract.Operations[op.Type].Args[arg].Resource
	for typ != "" && rest != "" && rest != "id" {
		need, further, _ := strings.Cut(rest, ".")
		needed, known := r.contract.Resources[typ].Needs[need]
		if !known {
			return fmt.Sprint(v, ".", rest)
		}
		v, typ, rest = FirstOf(r.resources, needed), needed, further
	}
	return v
}

// Same reports whether a service cannot tell two operations apart although the plan has two: their
// requests are the same bytes, because caller, key, method, path and body are the same. Without a
// key that may be left out they are two by contract.
func (r Requests) Same(a, b *model.PlannedOperation) bool {
	if r.contract.Key.Keyless(a.Key.Style) && r.contract.Key.IsOptional() {
		return false
	}
	oneCaller := a.Tenant == b.Tenant || r.contract.Caller(a.Tenant) == r.contract.Caller(b.Tenant)
	return oneCaller &&
		(r.sameThing(a, b) || slices.Equal(r.key(a), r.key(b)) && r.payload(a) == r.payload(b))
}

// sameThing reports whether two operations may ask for the same thing without sending a key: then a
// service may answer the second that it was done before, whatever else is in its payload. What is
// done once is then one thing for each resource.
func (r Requests) sameThing(a, b *model.PlannedOperation) bool {
	first, second := r.contract.Operations[a.Type], r.contract.Operations[b.Type]
	if len(r.contract.Promises.Done) == 0 || template.SendsKey(r.contract, a.Type) ||
		first.Method != second.Method || first.Path != second.Path {
		return false
	}
	one, other := r.things(a), r.things(b)
	return len(one) > 0 && slices.Equal(one, other)
}

// things lists the resources that an operation names.
func (r Requests) things(op *model.PlannedOperation) []any {
	t := r.contract.Operations[op.Type]
	resources := lists.Where(template.Sent(t), func(name string) bool {
		arg, _, _ := strings.Cut(name, ".")
		return t.Args[arg].Resource != ""
	})
	return lists.Map(resources, func(name string) any { return r.value(op, name) })
}

// OnePerRequest reports whether no two operations of a case are one to a service.
func OnePerRequest(c *model.Case, contract *model.Contract) bool {
	requests := Of(c, contract)
	for i := range c.Operations {
		for j := range i {
			if requests.Same(&c.Operations[i], &c.Operations[j]) {
				return false
			}
		}
	}
	return true
}
