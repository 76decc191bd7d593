package harness

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// vars are the template values for reading what belongs to an instance.
func (i *instance) vars() contract.Vars {
	v := contract.Vars{"id": i.id, "unique": i.unique}
	i.add(v, i.Type)
	return v
}

// baseline reads what must be known before the first operation: the state of resources whose
// variables have no declared beginning, and what is in the ledgers already: making a resource may
// leave entries, such as an opening credit.
func (b *binding) baseline(ctx context.Context) error {
	needed := map[*instance]bool{}
	for _, inst := range b.resources {
		for _, n := range inst.needs {
			needed[n] = true
		}
	}
	for _, inst := range b.resources {
		if err := b.initialState(ctx, inst, needed[inst]); err != nil {
			return fmt.Errorf("reading the state of %s: %w", inst.Name, err)
		}
		if err := patiently(ctx, func() error { return b.initialItems(ctx, inst) }); err != nil {
			return fmt.Errorf("reading a ledger of %s: %w", inst.Name, err)
		}
	}
	return nil
}

// initialItems counts what is in the ledgers of a resource before the first operation.
func (b *binding) initialItems(ctx context.Context, inst *instance) error {
	clear(inst.base)
	n := 0
	return b.eachItem(ctx, inst, func(ledger string, item any) error {
		if inst.base[ledger] == nil {
			inst.base[ledger] = map[string]int{}
		}
		inst.base[ledger][fingerprint(item)]++
		if n++; n > maxBefore {
			return fmt.Errorf("it has more than %d items before the first operation: does "+
				"ledgers.%s.path ask for those of the %s alone?", maxBefore, ledger, inst.Type)
		}
		return nil
	})
}

// initialState files the state of a resource before the first operation.
func (b *binding) initialState(ctx context.Context, inst *instance, used bool) error {
	typ := b.runner.contract.Resources[inst.Type]
	read := used
	for name, v := range typ.State {
		b.initial[inst.prefix+"."+name] = model.Normal(v.Initial)
		read = read || v.Initial == nil
	}
	if !read || typ.Read == nil {
		return nil
	}
	return patiently(ctx, func() error {
		return b.readState(ctx, inst, func(name string, value any) { b.initial[name] = value })
	})
}

// patiently reads again and again for a while until nothing is unreadable.
func patiently(ctx context.Context, read func() error) error {
	var err error
	for begun := time.Now(); time.Since(begun) < leastPatience; {
		err = read()
		if err == nil || sleep(ctx, leastPatience/10) != nil {
			return err
		}
	}
	return err
}

// readState reads the state variables of a resource.
func (b *binding) readState(
	ctx context.Context, inst *instance, found func(name string, value any),
) error {
	typ := b.runner.contract.Resources[inst.Type]
	if typ.Read == nil || len(typ.State) == 0 {
		return nil
	}
	answer, err := b.plain.send(ctx, message{
		Message: *typ.Read, tenant: inst.tenant, vars: inst.vars(),
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(typ.State)) {
		value, why := stateValue(model.Lookup(answer, typ.State[name].Field))
		if why != "" {
			return fmt.Errorf("the answer to %s has %s field %q (resources.%s.state.%s.field)",
				typ.Read.Path, why, typ.State[name].Field, inst.Type, name)
		}
		found(inst.prefix+"."+name, value)
	}
	return nil
}

// eachItem reads the ledgers of a resource and hands on their items, until each says why no more
// of a ledger is wanted.
func (b *binding) eachItem(
	ctx context.Context, inst *instance, each func(ledger string, item any) error,
) error {
	for _, name := range slices.Sorted(maps.Keys(b.runner.contract.Ledgers)) {
		ledger := b.runner.contract.Ledgers[name]
		if ledger.Per != inst.Type {
			continue
		}
		m := message{Message: model.Message{Path: ledger.Path}, tenant: inst.tenant, vars: inst.vars()}
		err := b.items(ctx, m, ledger.Items, func(item any) error { return each(name, item) })
		if err != nil {
			return fmt.Errorf("ledger %s: %w", name, err)
		}
	}
	return nil
}

// items reads one ledger, whose list is at a path of the answer.
func (b *binding) items(
	ctx context.Context, m message, path string, each func(item any) error,
) error {
	return b.plain.exchange(ctx, m, func(from io.Reader) error {
		found, err := readItems(&meter{from: from, left: maxLedger}, path, each)
		var syntax *json.SyntaxError
		switch {
		case errors.Is(err, errNoList):
			return fmt.Errorf("the answer to %s has no list at %q (ledgers.items)", m.Path, path)
		case errors.As(err, &syntax):
			return fmt.Errorf("%w: %w", errNotJSON, err)
		case err == nil && !found:
			return fmt.Errorf("the answer to %s has no field %q (ledgers.items)", m.Path, path)
		}
		return err
	})
}

// fingerprint identifies a ledger item.
func fingerprint(item any) string {
	out, err := json.Marshal(item)
	if err != nil {
		out = []byte(fmt.Sprint(item))
	}
	sum := sha256.Sum256(out)
	return string(sum[:16])
}

// look reads everything once.
func (b *binding) look(ctx context.Context, events []model.Event) []model.Event {
	var out []model.Event
	add := func(e model.Event) { out = append(out, e) }
	for _, inst := range b.resources {
		b.lookAt(ctx, inst, add)
	}
	b.shared(ctx, add)
	b.lookUp(ctx, events, add)
	return out
}

// lookAt reads the ledgers and the state of one resource.
func (b *binding) lookAt(ctx context.Context, inst *instance, add func(model.Event)) {
	before := map[string]map[string]int{}
	for ledger, items := range inst.base {
		before[ledger] = maps.Clone(items)
	}
	own := &listing{}
	err := b.eachItem(ctx, inst, func(ledger string, item any) error {
		if f := fingerprint(item); before[ledger][f] > 0 {
			before[ledger][f]--
			return nil
		}
		return own.list(b.effect(ledger, inst.prefix, item))
	})
	own.report(add, "the ledger of "+inst.prefix, err)
	err = b.readState(ctx, inst, func(name string, value any) {
		add(model.Event{Kind: model.Observed, Name: name, Value: value})
	})
	if err != nil {
		add(unreadable("the state of "+inst.prefix, err))
	}
}

// unreadable is the event of something that could not be read.
func unreadable(what string, err error) model.Event {
	return model.Event{Kind: model.Unreadable, Name: what, Err: err.Error()}
}

// shared reads the ledgers that belong to no resource, once for every tenant. Items of other runs
// are left out: they carry no name that begins with this run's nonce.
func (b *binding) shared(ctx context.Context, add func(model.Event)) {
	for _, name := range slices.Sorted(maps.Keys(b.runner.contract.Ledgers)) {
		if b.runner.contract.Ledgers[name].Per != "" {
			continue
		}
		for _, tenant := range tenantsOf(b.plan) {
			b.sharedOf(ctx, name, tenant, add)
		}
	}
}

// sharedOf reads one such ledger as one tenant.
func (b *binding) sharedOf(ctx context.Context, name, tenant string, add func(model.Event)) {
	l, own := b.runner.contract.Ledgers[name], &listing{}
	m := message{Message: model.Message{Path: l.Path}, tenant: tenant, vars: contract.Vars{}}
	err := b.items(ctx, m, l.Items, func(item any) error {
		if e := b.effect(name, "", item); b.ours(e) {
			return own.list(e)
		}
		return nil
	})
	own.report(add, "ledger "+name, err)
}

// ours tells whether an item names an operation of this run of the case.
func (b *binding) ours(e *model.Effect) bool {
	return slices.ContainsFunc(b.ops, func(op *bound) bool { return belongs(e, op.record) })
}

// effect reads an item as the contract's ledger describes it.
func (b *binding) effect(ledger, resource string, item any) *model.Effect {
	l := b.runner.contract.Ledgers[ledger]
	get := func(field string) string {
		if field == "" || model.Lookup(item, field) == nil {
			return ""
		}
		return fmt.Sprint(model.Normal(model.Lookup(item, field)))
	}
	e := &model.Effect{
		Ledger: ledger, Resource: resource, Kind: get(l.Kind), Key: get(l.Key),
		Mark: get(l.Mark), ID: get(l.ID), Fields: map[string]any{},
	}
	for _, name := range b.runner.ledgerFields[ledger] {
		e.Fields[name] = model.Normal(model.Lookup(item, name))
	}
	return e
}

// lookUp checks that what was acknowledged exists.
func (b *binding) lookUp(ctx context.Context, events []model.Event, add func(model.Event)) {
	for _, op := range b.ops {
		typ := b.runner.contract.Operations[op.Type]
		id := acknowledged(b.runner.contract, op, events)
		if typ.Answer.Lookup == "" || id == "" {
			continue
		}
		if len(id) > maxState {
			add(unreadable("what the answer to "+op.ID+" names",
				fmt.Errorf("its name is longer than %s", bytesText(maxState))))
			continue
		}
		err := b.plain.exchange(ctx, message{
			Message: model.Message{Path: typ.Answer.Lookup}, tenant: op.Tenant,
			vars: contract.Vars{"identity": id},
		}, discard)
		var status *StatusError
		switch {
		case err == nil:
			add(model.Event{Kind: model.LookedUp, Operation: op.ID, Value: id, Exists: true})
		case errors.As(err, &status) && (status.Status == 404 || status.Status == 410):
			add(model.Event{Kind: model.LookedUp, Operation: op.ID, Value: id})
		default:
			add(unreadable("what the answer to "+op.ID+" names", err))
		}
	}
}

// acknowledged returns the identity that the last ok answer to an operation names, or "".
func acknowledged(c *model.Contract, op *bound, events []model.Event) string {
	id := ""
	for _, e := range events {
		answered := e.Kind == model.Return || e.Kind == model.Answered
		if !answered || e.Operation != op.ID || c.Classify(op.Type, e.Answer) != model.OK {
			continue
		}
		if v := e.Answer.Field(c.Operations[op.Type].Answer.Identity); v != nil {
			id = fmt.Sprint(v)
		}
	}
	return id
}
