package contract

import (
	"fmt"
	"math"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// deepNormal applies [value.Normal] inside lists and mappings too, which it copies.
func deepNormal(v any) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = deepNormal(x[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[k] = deepNormal(x[k])
		}
		return out
	}
	return value.Normal(v)
}

// maxNodes bounds the values under one body, so that aliases of aliases cannot fill the memory.
const maxNodes = 20_000

// normalise applies [deepNormal] to every free value of a contract.
func normalise(c *model.Contract) []problem.Problem {
	n := &normaliser{}
	n.session(c.Session, problem.At("session"))
	for name, t := range c.Tenants {
		n.session(t.Session, problem.At("tenants", name, "session"))
	}
	for name, r := range c.Resources {
		path := problem.At("resources", name)
		n.message(&r.Create, problem.Below(path, "create"))
		if r.Read != nil {
			n.message(r.Read, problem.Below(path, "read"))
		}
		for v, variable := range r.State {
			variable.Initial = n.value(variable.Initial, problem.Below(path, "state", v, "initial"))
			r.State[v] = variable
		}
		c.Resources[name] = r
	}
	for name, o := range c.Operations {
		path := problem.At("operations", name)
		o.Body = n.value(o.Body, problem.Below(path, "body"))
		o.Form = n.values(o.Form, problem.Below(path, "form"))
		o.Multipart = n.values(o.Multipart, problem.Below(path, "multipart"))
		o.Query = n.values(o.Query, problem.Below(path, "query"))
		n.arguments(o, path)
		for i := range o.Before {
			n.step(&o.Before[i], problem.Below(path, "before", strconv.Itoa(i)))
		}
		if o.Async != nil {
			n.list(o.Async.Done.Values, problem.Below(path, "async", "done", "values"))
			n.list(o.Async.Refused.Values, problem.Below(path, "async", "refused", "values"))
		}
		c.Operations[name] = o
	}
	for i := range c.CleanUp {
		path := problem.At("cleanup", strconv.Itoa(i))
		c.CleanUp[i].Body = n.value(c.CleanUp[i].Body, problem.Below(path, "body"))
		c.CleanUp[i].Query = n.values(c.CleanUp[i].Query, problem.Below(path, "query"))
	}
	for name, l := range c.Ledgers {
		path := problem.At("ledgers", name)
		l.Body = n.value(l.Body, problem.Below(path, "body"))
		l.Form = n.values(l.Form, problem.Below(path, "form"))
		l.Query = n.values(l.Query, problem.Below(path, "query"))
		c.Ledgers[name] = l
	}
	return n.problems
}

// session normalises the free values of a session, which may be nil.
func (n *normaliser) session(s *exchange.SignIn, path []string) {
	for i := range loginOf(s) {
		n.message(&s.Login[i], problem.Below(path, "login", strconv.Itoa(i)))
	}
}

// message normalises the free values of a message.
func (n *normaliser) message(m *model.Message, path []string) {
	m.Body = n.value(m.Body, problem.Below(path, "body"))
	m.Form = n.values(m.Form, problem.Below(path, "form"))
	m.Multipart = n.values(m.Multipart, problem.Below(path, "multipart"))
	m.Query = n.values(m.Query, problem.Below(path, "query"))
}

// step normalises the free values of a step before an operation.
func (n *normaliser) step(s *exchange.SetupStep, path []string) {
	m := s.Message()
	n.message(&m, path)
	s.Body, s.Form, s.Multipart, s.Query = m.Body, m.Form, m.Multipart, m.Query
}

// values normalises a mapping of free values; none stays none.
func (n *normaliser) values(set map[string]any, path []string) map[string]any {
	if set == nil {
		return nil
	}
	out, _ := n.value(set, path).(map[string]any)
	return out
}

// arguments applies it to what the arguments of an operation may be. Decimal numbers for which it
// fails are written as drawn ones are.
func (n *normaliser) arguments(o model.OperationType, path []string) {
	for a, arg := range o.Args {
		where := problem.Below(path, "args", a)
		n.list(arg.OneOf, problem.Below(where, "one_of"))
		if arg.List != nil {
			n.list(arg.List.Of.OneOf, problem.Below(where, "list", "of", "one_of"))
		}
	}
	for i, f := range o.FailsWhen {
		for a := range f.Args {
			f.Args[a] = n.value(f.Args[a], problem.Below(path, "fails_when", strconv.Itoa(i), "args", a))
			if numbers := o.Args[a].Decimal; numbers != nil {
				f.Args[a] = numbers.Written(f.Args[a])
			}
		}
	}
}

// list applies it to a list, in place.
func (n *normaliser) list(values []any, path []string) {
	for i := range values {
		values[i] = n.value(values[i], path)
	}
}

type normaliser struct{ problems []problem.Problem }

func (n *normaliser) value(v any, path []string) any {
	budget := maxNodes
	if err := plain(v, &budget); err != nil {
		n.problems = append(n.problems, problem.Problem{
			Path: path, Message: err.Error(),
			Advice: "write plain values: text, numbers, lists and mappings",
		})
		return nil
	}
	return deepNormal(v)
}

// plain tells why a value cannot be sent as JSON.
func plain(v any, budget *int) error {
	if *budget--; *budget < 0 {
		return fmt.Errorf("this holds more than %d values", maxNodes)
	}
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if err := plain(e, budget); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, e := range x {
			if err := plain(e, budget); err != nil {
				return err
			}
		}
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%v is not a number in JSON", x)
		}
	case uint64:
		if x > math.MaxInt64 {
			return fmt.Errorf("%d is larger than 64 bits with a sign hold", x)
		}
	case string, bool, nil, int64, int:
	default:
		return fmt.Errorf("a value of type %T cannot be sent as JSON", v)
	}
	return nil
}
