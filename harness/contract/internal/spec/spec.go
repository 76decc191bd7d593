// Package spec compiles the expressions of a contract into its sequential specification.
package spec

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/expr-lang/expr/vm"

	"github.com/idemcheck/idemcheck/harness/contract/internal/spec/exact"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Compiled is a contract's sequential specification. It implements [model.Spec] and may be used
// from several goroutines at once.
type Compiled struct {
	operations map[string]*operation
	// scratch holds *scratch, so that evaluations do not allocate what the one before threw away.
	scratch sync.Pool
	// mu protects failure.
	mu      sync.Mutex
	failure error
}

// scratch is what one evaluation works with.
type scratch struct {
	vm       vm.VM
	env      map[string]any
	assigned []string
}

// Apply implements [model.Spec]. Where an expression cannot be evaluated ok is false, and
// [Compiled.Err] tells why: such a verdict is not to be believed.
func (c *Compiled) Apply(
	state model.State, op *model.Operation,
) (next model.State, answer map[string]any, ok bool) {
	next, answer, ok, err := c.Evaluate(state, op)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.failure == nil {
			c.failure = err
		}
	}
	return next, answer, ok
}

// Anew returns the same specification, of which nothing was asked yet: it has no error.
func (c *Compiled) Anew() *Compiled {
	out := &Compiled{operations: c.operations}
	out.scratch.New = c.scratch.New
	return out
}

// Err returns the first error that [Compiled.Apply] met, or nil.
func (c *Compiled) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// Evaluate is [Compiled.Apply] with its error: an operation that the contract does not declare, an
// argument or a state variable that is not there, or values that an expression cannot work with.
func (c *Compiled) Evaluate(
	state model.State, op *model.Operation,
) (next model.State, answer map[string]any, ok bool, err error) {
	o := c.operations[op.Type]
	if o == nil {
		return nil, nil, false, fmt.Errorf(
			"evaluating operation %s: its type %q is not in the contract", op.ID, op.Type)
	}
	s := c.scratch.Get().(*scratch)
	defer c.scratch.Put(s)
	next, answer, ok, err = o.apply(s, state, op)
	if err != nil {
		return nil, nil, false, fmt.Errorf("evaluating the contract's %s for operation %s: %w",
			op.Type, op.ID, err)
	}
	return next, answer, ok, nil
}

func (o *operation) apply(
	s *scratch, state model.State, op *model.Operation,
) (next model.State, answer map[string]any, ok bool, err error) {
	if err := o.load(s, state, op); err != nil {
		return nil, nil, false, err
	}
	if o.when != nil {
		holds, err := s.vm.Run(o.when, s.env)
		if err != nil || holds != true {
			return nil, nil, false, err
		}
	}
	if next, err = o.assign(s, state, op); err != nil {
		return nil, nil, false, err
	}
	if len(o.answer) == 0 {
		return next, nil, true, nil
	}
	if err := o.loadState(s, next, op); err != nil {
		return nil, nil, false, err
	}
	answer, err = o.evaluate(s, o.answer)
	return next, answer, err == nil, err
}

// assign evaluates every right-hand side on the old state before it changes anything.
func (o *operation) assign(
	s *scratch, state model.State, op *model.Operation,
) (model.State, error) {
	if len(o.then) == 0 {
		return state, nil
	}
	next := make(model.State, len(state)+len(o.then))
	maps.Copy(next, state)
	s.assigned = s.assigned[:0]
	for _, a := range o.then {
		name, err := a.to.inState(op)
		if err != nil {
			return nil, err
		}
		if slices.Contains(s.assigned, name) {
			return nil, fmt.Errorf(
				"two arguments are the same resource, so %s gets two values", name)
		}
		result, err := s.vm.Run(a.program, s.env)
		if err != nil {
			return nil, err
		}
		if next[name], err = o.result(result); err != nil {
			return nil, err
		}
		s.assigned = append(s.assigned, name)
	}
	return next, nil
}

// settled takes from a number what floating point added far behind the point: services that count
// in cents do not have it, and a condition must not hang on it.
func settled(value any) any {
	const behindPoint = 1e10
	if f, ok := value.(float64); ok && math.Abs(f) < math.MaxInt64/behindPoint {
		return math.Round(f*behindPoint) / behindPoint
	}
	return value
}

func (o *operation) load(s *scratch, state model.State, op *model.Operation) error {
	if err := o.loadValues(s, op); err != nil {
		return err
	}
	return o.loadState(s, state, op)
}

func (o *operation) loadValues(s *scratch, op *model.Operation) error {
	clear(s.env)
	for _, name := range o.values {
		switch name {
		case "mark":
			s.env[name] = op.CorrelationID
		case "key":
			s.env[name] = op.Key
		default:
			value, ok := op.Args[name]
			if !ok {
				return fmt.Errorf("the operation has no argument %q", name)
			}
			s.env[name] = o.argument(name, value)
		}
	}
	return nil
}

func (o *operation) loadState(s *scratch, state model.State, op *model.Operation) error {
	for _, v := range o.state {
		name, err := v.inState(op)
		if err != nil {
			return err
		}
		value, ok := state[name]
		if !ok {
			return fmt.Errorf("the state has no variable %q", name)
		}
		s.env[v.path] = o.operand(value)
	}
	return nil
}

// inState returns the variable's name in a state, "tenant/account-1.balance".
func (v variable) inState(op *model.Operation) (string, error) {
	resource, ok := op.Args[v.resource].(string)
	if !ok {
		return "", fmt.Errorf("the operation has no resource %q", v.resource)
	}
	return resource + "." + v.name, nil
}

// result is what an expression gave as the state has it.
func (o *operation) result(v any) (any, error) {
	if o.exact {
		return exact.Result(v)
	}
	return value.Normal(settled(v)), nil
}

// argument is an argument for expressions. Text is a number only where the contract says decimal.
func (o *operation) argument(name string, v any) any {
	if _, text := v.(string); text && !o.decimal[name] {
		return v
	}
	return o.operand(v)
}

// operand gives numbers the type that expressions are quickest with.
func (o *operation) operand(v any) any {
	if o.exact {
		return exact.Operand(v)
	}
	if i, ok := value.Normal(v).(int64); ok {
		return int(i)
	}
	return value.Normal(v)
}

func (o *operation) evaluate(s *scratch, fields []field) (map[string]any, error) {
	out := make(map[string]any, len(fields))
	for _, f := range fields {
		result, err := s.vm.Run(f.program, s.env)
		if err != nil {
			return nil, err
		}
		out[f.name] = value.Normal(result)
		if o.exact {
			if out[f.name], err = exact.Result(result); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Effects returns what one execution of op leaves in the ledgers, with the operation's key and
// correlation ID.
func (c *Compiled) Effects(op *model.Operation) ([]model.Effect, error) {
	o := c.operations[op.Type]
	if o == nil {
		return nil, fmt.Errorf(
			"declaring the effects of %s: its type %q is not in the contract", op.ID, op.Type)
	}
	s := c.scratch.Get().(*scratch)
	defer c.scratch.Put(s)
	if err := o.loadValues(s, op); err != nil {
		return nil, fmt.Errorf("declaring the effects of operation %s: %w", op.ID, err)
	}
	out := make([]model.Effect, 0, len(o.effects))
	for _, e := range o.effects {
		made, err := o.effect(s, e, op)
		if err != nil {
			return nil, fmt.Errorf("declaring the effects of operation %s: %w", op.ID, err)
		}
		out = append(out, made)
	}
	return out, nil
}

func (o *operation) effect(s *scratch, e effect, op *model.Operation) (model.Effect, error) {
	d := e.declared
	out := model.Effect{
		Ledger: d.Ledger, Kind: d.Kind, Key: op.Key, CorrelationID: op.CorrelationID,
		Notification: d.Notification,
	}
	if d.Resource != "" {
		resource, ok := op.Args[d.Resource].(string)
		if !ok {
			return out, fmt.Errorf("the operation has no resource %q", d.Resource)
		}
		out.Resource = resource
	}
	if len(e.fields) == 0 {
		return out, nil
	}
	fields, err := o.evaluate(s, e.fields)
	out.Fields = fields
	return out, err
}
