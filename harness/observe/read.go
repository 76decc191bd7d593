package observe

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

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// vars are the template values for reading what belongs to an instance.
func (i *Instance) vars() template.Vars {
	v := template.Vars{"id": i.ID, "unique": i.Unique}
	i.Add(v, i.Type)
	return v
}

// Baseline reads what must be known before the first operation: the state of resources whose
// variables have no declared beginning, and what is in the ledgers already: making a resource may
// leave entries, such as an opening credit.
func (o *EffectReader) Baseline(ctx context.Context) error {
	needed := map[*Instance]bool{}
	for _, inst := range o.Resources {
		for _, n := range inst.Needs {
			needed[n] = true
		}
	}
	for _, inst := range o.Resources {
		if err := o.initialState(ctx, inst, needed[inst]); err != nil {
			return fmt.Errorf("reading the state of %s: %w", inst.Name, err)
		}
		if err := retryRead(ctx, func() error { return o.initialItems(ctx, inst) }); err != nil {
			return fmt.Errorf("reading a ledger of %s: %w", inst.Name, err)
		}
	}
	return nil
}

// initialItems counts what is in the ledgers of a resource before the first operation.
func (o *EffectReader) initialItems(ctx context.Context, inst *Instance) error {
	inst.base = map[string]map[string]int{}
	n := 0
	return o.eachItem(ctx, inst, func(ledger string, item any) error {
		if inst.base[ledger] == nil {
			inst.base[ledger] = map[string]int{}
		}
		inst.base[ledger][fingerprint(item)]++
		if n++; n > maxBefore {
			return witness.NotAsDeclared(fmt.Errorf("it has more than %d items before the first "+
				"operation: does ledgers.%s.path ask for those of the %s alone?",
				maxBefore, ledger, inst.Type))
		}
		return nil
	})
}

// initialState files the state of a resource before the first operation.
func (o *EffectReader) initialState(ctx context.Context, inst *Instance, used bool) error {
	typ := o.Plain.Contract.Resources[inst.Type]
	read := used
	for name, v := range typ.State {
		o.Initial[inst.Prefix+"."+name] = value.Normal(v.Initial)
		read = read || v.Initial == nil
	}
	if !read || typ.Read == nil {
		return nil
	}
	return retryRead(ctx, func() error {
		return o.readState(ctx, inst, func(name string, v any) { o.Initial[name] = v })
	})
}

// retryRead reads again and again for a while until nothing is unreadable.
func retryRead(ctx context.Context, read func() error) error {
	var err error
	for begun := time.Now(); time.Since(begun) < minPatience; {
		err = read()
		if err == nil || sleep.For(ctx, minPatience/10) != nil {
			return err
		}
	}
	return err
}

// readState reads the state variables of a resource.
func (o *EffectReader) readState(
	ctx context.Context, inst *Instance, found func(name string, v any),
) error {
	typ := o.Plain.Contract.Resources[inst.Type]
	if typ.Read == nil || len(typ.State) == 0 {
		return nil
	}
	answer, err := o.Plain.Send(ctx, BoundMessage{
		Message: *typ.Read, Tenant: inst.Tenant, Vars: inst.vars(),
	})
	if err != nil {
		err = fmt.Errorf("%w%s", err, misdirected(err, "resources."+inst.Type+".read"))
		return o.Plain.Unfit(err, "resources", inst.Type, "read", "path")
	}
	for _, name := range slices.Sorted(maps.Keys(typ.State)) {
		v, why := stateValue(value.Lookup(answer, typ.State[name].Field))
		if why != "" {
			err := fmt.Errorf("the answer to %s has %s field %q (resources.%s.state.%s.field)",
				typ.Read.Path, why, typ.State[name].Field, inst.Type, name)
			return o.Plain.Unfit(witness.NotAsDeclared(err), "resources", inst.Type, "state", name, "field")
		}
		found(inst.Prefix+"."+name, v)
	}
	return nil
}

// misdirected says which part of the contract to look at when what is read there is refused; ""
// when it is about something else.
func misdirected(err error, part string) string {
	status, refused := errors.AsType[*StatusError](err)
	switch {
	case !refused || status.Status < 400 || status.Status >= 500:
		return ""
	case conditions.Unauthorized(status.Status):
		part = "target.headers and tenants.*.headers"
	}
	return "; check " + part
}

// eachItem reads the ledgers of a resource and hands on their items, until each says why no more
// of a ledger is wanted.
func (o *EffectReader) eachItem(
	ctx context.Context, inst *Instance, each func(ledger string, item any) error,
) error {
	for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
		ledger := o.Plain.Contract.Ledgers[name]
		if ledger.Per != inst.Type {
			continue
		}
		m := BoundMessage{Message: ledger.Message(), Tenant: inst.Tenant, Vars: inst.vars()}
		err := o.items(ctx, m, ledger, func(item any) error { return each(name, item) })
		if err != nil {
			err = fmt.Errorf("ledger %s: %w%s", name, err, misdirected(err, "ledgers."+name+".path"))
			return o.unfitLedger(err, name)
		}
	}
	return nil
}

// unfitLedger says of an error of reading a ledger which line may be its cause.
func (o *EffectReader) unfitLedger(err error, name string) error {
	line := "path"
	if _, is := errors.AsType[noItems](err); is {
		line = "items"
	}
	return o.Plain.Unfit(err, "ledgers", name, line)
}

// noItems is an answer that has no list where the contract says.
type noItems string

// Error says what the answer has instead.
func (e noItems) Error() string { return string(e) }

// items reads one ledger, all its pages where it has such.
func (o *EffectReader) items(
	ctx context.Context, m BoundMessage, l model.Ledger, each func(item any) error,
) error {
	if l.Pages != nil {
		p := &pages{client: o.Plain, first: m, follow: *l.Pages, items: l.Items}
		return p.read(ctx, each)
	}
	path := l.Items
	return o.Plain.exchange(ctx, m, func(from io.Reader) error {
		found, err := readItems(&meter{from: from, left: maxLedger}, path, each)
		var syntax *json.SyntaxError
		switch {
		case errors.Is(err, errNoList):
			return witness.NotAsDeclared(noItems(fmt.Sprintf(
				"the answer to %s has no list at %q (ledgers.items)", m.Path, path)))
		case errors.As(err, &syntax):
			return notJSON(err, fmt.Errorf("%w: %w", errNotJSON, err))
		case err == nil && !found:
			return witness.NotAsDeclared(noItems(fmt.Sprintf(
				"the answer to %s has no field %q (ledgers.items)", m.Path, path)))
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

// Look reads everything once.
func (o *EffectReader) Look(ctx context.Context, events []model.Event) []model.Event {
	var out []model.Event
	add := func(e model.Event) { out = append(out, e) }
	for _, inst := range o.Resources {
		o.lookAt(ctx, inst, add)
	}
	o.shared(ctx, add)
	o.lookUp(ctx, events, add)
	return out
}

// lookAt reads the ledgers and the state of one resource.
func (o *EffectReader) lookAt(ctx context.Context, inst *Instance, add func(model.Event)) {
	before := map[string]map[string]int{}
	for ledger, items := range inst.base {
		before[ledger] = maps.Clone(items)
	}
	own := &listing{}
	err := o.eachItem(ctx, inst, func(ledger string, item any) error {
		if f := fingerprint(item); before[ledger][f] > 0 {
			before[ledger][f]--
			return nil
		}
		return own.list(o.effect(ledger, inst.Prefix, item))
	})
	own.report(add, "the ledger of "+inst.Prefix, err)
	err = o.readState(ctx, inst, func(name string, value any) {
		add(model.Event{Kind: model.Observed, Name: name, Value: value})
	})
	if err != nil {
		add(unreadable("the state of "+inst.Prefix, err))
	}
}

// unreadable is the event of something that could not be read.
func unreadable(what string, err error) model.Event {
	return model.Event{Kind: model.Unreadable, Name: what, Err: err.Error()}
}

// shared reads the ledgers that belong to no resource, once for every tenant. Items of other runs
// are left out: they carry no name that begins with this run's nonce.
func (o *EffectReader) shared(ctx context.Context, add func(model.Event)) {
	for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
		if o.Plain.Contract.Ledgers[name].Per != "" {
			continue
		}
		for _, tenant := range o.tenants {
			o.sharedOf(ctx, name, tenant, add)
		}
	}
}

// sharedOf reads one such ledger as one tenant.
func (o *EffectReader) sharedOf(ctx context.Context, name, tenant string, add func(model.Event)) {
	l, own := o.Plain.Contract.Ledgers[name], &listing{}
	m := BoundMessage{Message: l.Message(), Tenant: tenant, Vars: template.Vars{}}
	err := o.items(ctx, m, l, func(item any) error {
		if e := o.effect(name, "", item); o.ours(e) {
			return own.list(e)
		}
		return nil
	})
	if err != nil {
		err = o.unfitLedger(err, name)
	}
	own.report(add, "ledger "+name, err)
}

// ours reports whether an item names an operation of this run of the case.
func (o *EffectReader) ours(e *model.Effect) bool {
	return slices.ContainsFunc(o.Operations, func(op *model.Operation) bool { return belongs(e, op) })
}

// effect reads an item as the contract's ledger describes it.
func (o *EffectReader) effect(ledger, resource string, item any) *model.Effect {
	l := o.Plain.Contract.Ledgers[ledger]
	get := func(field string) string {
		if field == "" || value.Lookup(item, field) == nil {
			return ""
		}
		return fmt.Sprint(value.Normal(value.Lookup(item, field)))
	}
	e := &model.Effect{
		Ledger: ledger, Resource: resource, Kind: get(l.Kind), Key: get(l.Key),
		CorrelationID: get(l.CorrelationID), ID: get(l.ID), Fields: map[string]any{},
	}
	for _, name := range o.fields[ledger] {
		e.Fields[name] = value.Normal(value.Lookup(item, name))
	}
	return e
}

// lookUp checks that what was acknowledged exists.
func (o *EffectReader) lookUp(ctx context.Context, events []model.Event, add func(model.Event)) {
	for _, op := range o.Operations {
		typ := o.Plain.Contract.Operations[op.Type]
		id := acknowledged(o.Plain.Contract, op, events)
		if typ.Answer.Lookup == "" || id == "" {
			continue
		}
		if len(id) > maxState {
			add(unreadable("what the answer to "+op.ID+" names",
				fmt.Errorf("its name is longer than %s", bytesText(maxState))))
			continue
		}
		err := o.Plain.exchange(ctx, BoundMessage{
			Message: model.Message{Path: typ.Answer.Lookup}, Tenant: op.Tenant,
			Vars: template.Vars{"identity": id},
		}, discard)
		var status *StatusError
		switch {
		case err == nil:
			add(model.Event{Kind: model.LookedUp, Operation: op.ID, Value: id, Exists: true})
		case errors.As(err, &status) && (status.Status == 404 || status.Status == 410):
			add(model.Event{Kind: model.LookedUp, Operation: op.ID, Value: id})
		default:
			err = o.Plain.Unfit(err, "operations", op.Type, "answer", "lookup")
			add(unreadable("what the answer to "+op.ID+" names", err))
		}
	}
}

// acknowledged returns the identity that the last ok answer to an operation names, or "".
func acknowledged(c *model.Contract, op *model.Operation, events []model.Event) string {
	id := ""
	for _, e := range events {
		answered := e.Kind == model.Return || e.Kind == model.Answered
		if e.Kind == model.Polled && e.Operation == op.ID && e.Value != model.PollDone {
			return "" // what was accepted was not made
		}
		if !answered || e.Operation != op.ID || c.Classify(op.Type, e.Answer) != model.OK {
			continue
		}
		if v := c.Operations[op.Type].Answer.IdentityIn(e.Answer); v != nil {
			id = fmt.Sprint(v)
		}
	}
	return id
}
