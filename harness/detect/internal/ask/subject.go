package ask

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// Subject is a type of operation that can be sent: what it works on, and the smallest and the
// greatest arguments that the contract allows.
type Subject struct {
	Type         string
	Op           model.OperationType
	Resources    []model.Resource
	Small, Large map[string]any
}

// Payload is what one operation says: its arguments, its mark, and what the steps before it
// captured, which are sent once for all its attempts.
type Payload struct {
	args     map[string]any
	mark     string
	captured template.Vars
}

// SubjectsOf lists the operations that can be sent, those that need least first.
func SubjectsOf(c *model.Contract) ([]Subject, error) {
	var out []Subject
	for _, typ := range slices.Sorted(maps.Keys(c.Operations)) {
		op := c.Operations[typ]
		if op.SentOnce() || op.Method == http.MethodGet || op.Method == http.MethodHead {
			continue
		}
		one, err := drawn(c, typ)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Subject) int { return a.cost(c) - b.cost(c) })
	return out, nil
}

// cost is how dear a subject is: in messages, and in what its answers do not say.
func (s Subject) cost(c *model.Contract) int {
	out := 2 * (len(s.Resources) + len(s.Op.Before))
	if s.Op.Answer.Identity == "" && s.Op.Answer.IdentityFrom == nil {
		out++
	}
	if !template.SendsKey(c, s.Type) {
		out++
	}
	return out
}

// drawn draws the arguments of a type, always the same.
func drawn(c *model.Contract, typ string) (Subject, error) {
	alone := *c
	alone.Scenarios, alone.Faults, alone.Expect = nil, nil, nil
	alone.Operations = map[string]model.OperationType{typ: c.Operations[typ]}
	one := plan.Range{Min: 1, Max: 1}
	p, err := plan.Draw(plan.Options{
		Contract: &alone, Seed: 1, Cases: 1,
		Scenarios: []plan.Scenario{{Name: "detect", Operations: one, Repeats: one}},
	})
	if err != nil {
		return Subject{}, fmt.Errorf("drawing arguments of %s: %w", typ, err)
	}
	planned := p.Cases[0].Operations[0]
	out := Subject{
		Type: typ, Op: c.Operations[typ], Resources: p.Cases[0].Resources,
		Small: maps.Clone(planned.Args), Large: maps.Clone(planned.Args),
	}
	for name, arg := range out.Op.Args {
		if arg.Whole() {
			out.Small[name], out.Large[name] = arg.Min, max(arg.Min, arg.Max)
		}
	}
	return out, nil
}

// Order is one operation to send. An empty key is none.
type Order struct {
	Of      Subject
	Tenant  string
	Payload Payload
	Key     string
	Form    Form
	// Line is what stands in the header of the key, where it is none that Form makes of Key.
	Line *string
}

// Done reports whether an answer says that an operation was done.
func (s Subject) Done(a *Heard) bool {
	return slices.Contains(s.Op.OK, a.Status) ||
		s.Op.Async != nil && slices.Contains(s.Op.Async.Accepted, a.Status)
}

// Refused reports whether an answer says that an operation is not done, and never will be.
func (s Subject) Refused(a *Heard) bool { return slices.Contains(s.Op.Refused, a.Status) }

// SameRoute reports whether another type is sent to the same place.
func (s Subject) SameRoute(other Subject) bool {
	return s.Op.Method == other.Op.Method && s.Op.Path == other.Op.Path
}

// NameIn is what an answer calls what was made; "" for none. Where the contract does not say where
// that stands, it is looked for at the usual places.
func (s Subject) NameIn(a *Heard) string {
	declared := s.Op.Answer
	if declared.Identity != "" || declared.IdentityFrom != nil {
		return nameAt(declared.Identity, declared.IdentityFrom, a)
	}
	return cmp.Or(nameAt("id", nil, a), nameAt("", &exchange.Spot{Header: "Location"}, a))
}

// Order sends an operation once, after what it works on was made.
func (c *Caller) Order(ctx context.Context, o Order) (*Heard, error) {
	m, err := c.written(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, m)
}

// AtOnce sends copies of an operation at once.
func (c *Caller) AtOnce(ctx context.Context, o Order, copies int) ([]*Heard, error) {
	m, err := c.written(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.atOnce(ctx, m, copies)
}

func (c *Caller) atOnce(ctx context.Context, m message, copies int) ([]*Heard, error) {
	said, failed := make([]*Heard, copies), make([]error, copies)
	var wg sync.WaitGroup
	for i := range said {
		wg.Go(func() { said[i], failed[i] = c.send(ctx, m) })
	}
	wg.Wait()
	return said, cmp.Or(failed...)
}

// written makes what an operation works on, and its message.
func (c *Caller) written(ctx context.Context, o Order) (message, error) {
	vars, err := c.fill(ctx, o)
	if err != nil {
		return message{}, err
	}
	if err := c.before(ctx, o, vars); err != nil {
		return message{}, err
	}
	maps.Copy(vars, o.Payload.captured)
	content := o.Of.Op.Content()
	if o.Key == "" {
		content = withoutKey(content)
	}
	return message{
		Message: model.Message{
			Method: o.Of.Op.Method, Path: o.Of.Op.Path, Body: content.Body, Form: content.Form,
			Text: content.Text, Multipart: content.Multipart, Query: content.Query,
			Headers: content.Headers,
		},
		tenant: o.Tenant, vars: vars, form: o.Form, key: o.Key, line: o.Line,
	}, nil
}

// fill makes the values of an operation's templates.
func (c *Caller) fill(ctx context.Context, o Order) (template.Vars, error) {
	for _, r := range o.Of.Resources {
		if _, err := c.resource(ctx, r, o.Tenant, o.Form); err != nil {
			return nil, err
		}
	}
	vars := template.Vars{"mark": o.Payload.mark, template.Attempt: c.keys.next()}
	for name, arg := range o.Of.Op.Args {
		v := o.Payload.args[name]
		if arg.Resource == "" {
			vars[name] = arg.Sent(v)
			continue
		}
		inst := c.made[o.Tenant+"/"+fmt.Sprint(v)]
		if inst == nil {
			return nil, Nothing("operation %s: there is no %v for its %s", o.Of.Type, v, name)
		}
		inst.Add(vars, name)
	}
	return vars, nil
}

// before sends the steps before an operation, unless an earlier attempt did, and keeps what they
// captured.
func (c *Caller) before(ctx context.Context, o Order, vars template.Vars) error {
	if len(o.Payload.captured) > 0 {
		return nil
	}
	for i := range o.Of.Op.Before {
		step := &o.Of.Op.Before[i]
		maps.Copy(vars, o.Payload.captured)
		said, err := c.send(ctx, message{
			Message: step.Message(), tenant: o.Tenant, vars: vars, form: o.Form, key: c.keys.next(),
		})
		if err != nil {
			return err
		}
		if !isDone(step.OK, said.Status) {
			return c.Told("what comes before "+o.Of.Type, said)
		}
		for name, spot := range step.Capture {
			o.Payload.captured[name] = signin.ValueAt(spot, said.Header, said.Body)
		}
	}
	return nil
}

// withoutKey is a message from which all that is nothing but the key was taken.
func withoutKey(c exchange.Content) exchange.Content {
	c.Body = dropKey(c.Body)
	for _, part := range []*map[string]any{&c.Form, &c.Multipart, &c.Query} {
		*part, _ = dropKey(*part).(map[string]any)
	}
	c.Headers = maps.Clone(c.Headers)
	maps.DeleteFunc(c.Headers, func(_, v string) bool { return v == keyTemplate })
	return c
}

const keyTemplate = "{key}"

// dropKey copies a template without the names whose value is the key.
func dropKey(tmpl any) any {
	fields, is := tmpl.(map[string]any)
	if !is || fields == nil {
		return tmpl
	}
	out := map[string]any{}
	for name, v := range fields {
		if v != keyTemplate {
			out[name] = dropKey(v)
		}
	}
	return out
}
