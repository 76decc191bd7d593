package execute

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// binding is a case bound to a target: fresh resources, fresh keys.
type binding struct {
	executor *Executor
	site     Site
	observer *observe.EffectReader
	plan     *model.Case
	requests requests
	ops      []*bound
	// sessions are those of the tenants, nil when nobody logs in; mask knows what they are made of.
	sessions *signin.Sessions
	mask     *mask.Mask
}

// nonce returns a name that no earlier run used. It is an identity and not a die: nothing is
// decided by it.
func nonce() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}

// bind sets up the resources of a case and renders its operations.
func bind(ctx context.Context, e *Executor, s Site, c *model.Case) (*binding, error) {
	b := &binding{
		executor: e, site: s, plan: c, requests: requests{e.Contract, e.base, s.Nonce},
		sessions: e.sessions, mask: e.Mask,
	}
	if e.Conditions == nil { // a service of its own, and time of its own
		b.mask = e.Mask.Fork()
		b.sessions = signin.New(e.Contract, e.base, b.mask.Learn)
	}
	b.observer = observe.New(&observe.Client{
		Contract: e.Contract, Base: e.base, Conditions: e.Conditions, Heavy: e.heavy,
		Mask: b.mask, Client: observe.NewHTTPClient(s.HTTP), Witness: e.Witness, Sessions: b.sessions,
	}, c.Tenants())
	if s.Nonce == "" {
		b.requests.nonce = nonce()
	}
	for _, res := range c.Resources {
		for _, tenant := range c.Tenants() {
			inst, err := b.create(ctx, res, tenant)
			if err != nil {
				return nil, err
			}
			b.observer.Resources = append(b.observer.Resources, inst)
		}
	}
	if err := b.observer.Baseline(ctx); err != nil {
		return nil, err
	}
	for i := range c.Operations {
		op, err := b.operation(&c.Operations[i])
		if err != nil {
			return nil, fmt.Errorf("preparing operation %s: %w", c.Operations[i].ID, err)
		}
		b.ops = append(b.ops, op)
		b.observer.Operations = append(b.observer.Operations, op.record)
	}
	return b, nil
}

// find returns the instance of a resource for a tenant, or nil.
func (b *binding) find(name, tenant string) *observe.Instance {
	for _, inst := range b.observer.Resources {
		if inst.Name == name && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// need returns the first instance of a type for a tenant, or nil.
func (b *binding) need(typ, tenant string) *observe.Instance {
	for _, inst := range b.observer.Resources {
		if inst.Type == typ && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// create makes one resource at the target, with a fresh key.
func (b *binding) create(
	ctx context.Context, res model.Resource, tenant string,
) (*observe.Instance, error) {
	typ, ok := b.executor.Contract.Resources[res.Type]
	if !ok {
		return nil, fmt.Errorf("setting up %s: the contract has no resource %q", res.Name, res.Type)
	}
	inst := &observe.Instance{
		Resource: res, Tenant: tenant, Prefix: tenant + "/" + res.Name,
		Unique: "ic-" + b.requests.nonce + "-" + res.Name, Needs: map[string]*observe.Instance{},
	}
	if typ.Shared != nil && *typ.Shared {
		inst.Unique += "-" + tenant
	}
	vars := template.Vars{"unique": inst.Unique}
	for name, needed := range typ.Needs {
		if inst.Needs[name] = b.need(needed, tenant); inst.Needs[name] == nil {
			return nil, fmt.Errorf("setting up %s: the plan has no %s for it", res.Name, needed)
		}
		inst.Needs[name].Add(vars, name)
	}
	key := "setup-" + res.Name + "-" + tenant
	id, why, err := b.observer.Plain.Create(ctx, observe.BoundMessage{
		Tenant: tenant, Message: typ.Create, Vars: vars,
		Key: model.KeyPlan{Name: key, Style: model.KeyPlain}, Nonce: b.requests.nonce,
	}, typ)
	if err != nil {
		err = b.observer.Plain.Unfit(err, "resources", res.Type, "create")
		return nil, fmt.Errorf("setting up %s: %w%s", res.Name, err, setupAdvice(err, res.Type))
	}
	if inst.ID = id; why != "" {
		err := fmt.Errorf("setting up %s: its answer has %s (resources.%s.id)",
			res.Name, why, res.Type)
		return nil, b.observer.Plain.Unfit(witness.NotAsDeclared(err), "resources", res.Type, "id")
	}
	return inst, nil
}

// setupAdvice says what to look at when a resource could not be made.
func setupAdvice(err error, typ string) string {
	var status *observe.StatusError
	switch {
	case !errors.As(err, &status):
		return ""
	case conditions.Unauthorized(status.Status):
		return "; check target.headers and tenants.*.headers"
	}
	return "; check resources." + typ + ".create"
}

// addArgs puts an instance's names in states into the arguments that the model sees.
func addArgs(i *observe.Instance, op *model.Operation, name string) {
	op.Args[name] = i.Prefix
	op.Resources = append(op.Resources, i.Prefix)
	for _, need := range slices.Sorted(maps.Keys(i.Needs)) {
		addArgs(i.Needs[need], op, name+"."+need)
	}
}

// operation renders one operation.
func (b *binding) operation(p *model.PlannedOperation) (*bound, error) {
	typ, ok := b.executor.Contract.Operations[p.Type]
	if !ok {
		return nil, fmt.Errorf("the contract has no operation %q", p.Type)
	}
	key, lines := keyform.Lines(b.executor.Contract, p.Key, b.requests.nonce)
	if !template.SendsKey(b.executor.Contract, p.Type) {
		key = "" // a key that nobody is sent is none
	}
	op := &model.Operation{
		ID: p.ID, Client: p.Client, Type: p.Type, Tenant: p.Tenant, Key: key,
		KeyStyle: p.Key.Style, Method: typ.Method, Route: typ.Path,
		CorrelationID: "ic-" + b.requests.nonce + "-" + p.CorrelationID, Args: map[string]any{},
		Attempts: len(p.Attempts),
	}
	vars := template.Vars{"mark": op.CorrelationID, "key": key}
	if err := b.arguments(p, typ, op, vars); err != nil {
		return nil, err
	}
	out := &bound{PlannedOperation: *p, record: op}
	if slices.Contains(template.Sent(typ), template.Attempt) {
		out.fresh = b.requests.attemptText(p.ID, 0)
		vars[template.Attempt] = out.fresh
	}
	if session := b.executor.Contract.SessionOf(p.Tenant); session != nil {
		out.vars = vars
		for name := range session.Capture {
			vars[signin.Name+"."+name] = b.requests.captured(name)
		}
	}
	if err := b.requests.render(out, typ, vars, lines); err != nil {
		return nil, err
	}
	var err error
	op.Effects, err = b.executor.Spec.Effects(op)
	return out, err
}

// arguments resolves drawn arguments for templates and for the model.
func (b *binding) arguments(
	p *model.PlannedOperation, typ model.OperationType, op *model.Operation, vars template.Vars,
) error {
	for _, name := range slices.Sorted(maps.Keys(typ.Args)) {
		v := value.Normal(p.Args[name])
		if typ.Args[name].Resource == "" {
			op.Args[name], vars[name] = v, typ.Args[name].Sent(v)
			continue
		}
		inst := b.find(fmt.Sprint(v), p.Tenant)
		if inst == nil {
			return fmt.Errorf("argument %s: the plan sets up no resource %v", name, v)
		}
		inst.Add(vars, name)
		addArgs(inst, op, name)
	}
	return nil
}
