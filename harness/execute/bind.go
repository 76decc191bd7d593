package execute

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/execute/internal/cleanup"
	"github.com/idemcheck/idemcheck/harness/execute/internal/named"
	"github.com/idemcheck/idemcheck/harness/execute/internal/setup"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/observe"
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
	setup    *setup.Maker
	begun    time.Time
	// sessions are those of the tenants, nil when nobody logs in; mask knows what they are made of.
	sessions *signin.Sessions
	mask     *mask.Mask
}

// namesOf are those of a run of a case, as its headers have them; none where the contract wants no
// headers of ours.
func namesOf(e *Executor, c *model.Case, nonce string) named.Names {
	return named.Names{
		Run: cmp.Or(e.RunID, nonce), Seed: e.Seed, Case: c.Index, Nonce: nonce,
	}.Under(e.Contract)
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
		executor: e, site: s, plan: c, sessions: e.sessions, mask: e.Mask,
		requests: requests{contract: e.Contract, bases: e.bases, nonce: cmp.Or(s.Nonce, nonce())},
	}
	b.requests.names = namesOf(e, c, b.requests.nonce)
	b.site.HTTP = b.requests.names.Plain(s.HTTP)
	if e.Conditions == nil { // a service of its own, and time of its own
		b.mask = e.Mask.Fork()
		b.sessions = signin.New(e.Contract, e.bases[0], b.mask.Learn)
	}
	b.observer = observe.New(&observe.Client{
		Contract: e.Contract, Base: e.bases[0], Conditions: e.Conditions, Heavy: e.heavy,
		Mask: b.mask, Client: observe.NewHTTPClient(b.site.HTTP), Witness: e.Witness,
		Sessions: b.sessions,
	}, c.Tenants())
	b.observer.Readers = s.Readers
	b.setup = setup.New(b.observer, b.requests.nonce)
	if err := b.setUp(ctx); err != nil {
		b.cleanUp(ctx, nil)
		return nil, err
	}
	return b, nil
}

// setUp makes the resources of a case and renders its operations.
func (b *binding) setUp(ctx context.Context) error {
	c := b.plan
	for _, res := range c.Resources {
		for _, tenant := range c.Tenants() {
			if err := b.setup.Resource(ctx, res, tenant); err != nil {
				return err
			}
		}
	}
	for i := range c.Operations {
		op, err := b.operation(ctx, &c.Operations[i])
		if err != nil {
			return fmt.Errorf("preparing operation %s: %w", c.Operations[i].ID, err)
		}
		b.ops = append(b.ops, op)
		b.observer.Operations = append(b.observer.Operations, op.record)
	}
	// What the steps before operations leave behind belongs to no operation.
	return b.observer.Baseline(ctx)
}

// cleanUp sends what the contract wants sent after a case.
func (b *binding) cleanUp(ctx context.Context, events []model.Event) {
	cleanup.Hooks{
		Client: b.observer.Plain, Run: b.requests.names.Run, Report: b.executor.cleaned,
	}.Case(ctx, b.observer, events)
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

// operation renders one operation.
func (b *binding) operation(ctx context.Context, p *model.PlannedOperation) (*bound, error) {
	typ, ok := b.executor.Contract.Operations[p.Type]
	if !ok {
		return nil, fmt.Errorf("the contract has no operation %q", p.Type)
	}
	op := &model.Operation{
		ID: p.ID, Client: p.Client, Type: p.Type, Tenant: p.Tenant,
		KeyStyle: p.Key.Style, Method: typ.Method, Route: typ.Path,
		CorrelationID: "ic-" + b.requests.nonce + "-" + p.CorrelationID, Args: map[string]any{},
		Attempts: len(p.Attempts),
	}
	vars := template.Vars{"mark": op.CorrelationID}
	if err := b.arguments(p, typ, op, vars); err != nil {
		return nil, err
	}
	lines, err := b.prepare(ctx, p, op, vars)
	if err != nil {
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
	op.Effects, err = b.executor.Spec.Effects(op)
	return out, err
}

// prepare makes what must exist before an operation, and gives it its key, whose header lines it
// returns.
func (b *binding) prepare(
	ctx context.Context, p *model.PlannedOperation, op *model.Operation, vars template.Vars,
) (lines []string, err error) {
	if b.executor.Contract.Key.From == "" {
		op.Key, lines = b.setup.Key(p, vars)
		vars["key"] = op.Key
	}
	if err := b.setup.Before(ctx, p, vars); err != nil {
		return nil, err
	}
	if b.executor.Contract.Key.From != "" {
		op.Key, lines = b.setup.Key(p, vars)
	}
	if !template.SendsKey(b.executor.Contract, p.Type) {
		op.Key = "" // a key that nobody is sent is none
	}
	vars["key"] = op.Key
	return lines, nil
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
		setup.AddArgs(inst, op, name)
	}
	return nil
}
