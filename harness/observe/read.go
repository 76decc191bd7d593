package observe

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe/before"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
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
	return o.initialShared(ctx)
}

// initialShared counts what is in the ledgers of no resource, where items do not say whose they
// are.
func (o *EffectReader) initialShared(ctx context.Context) error {
	o.base = map[[2]string]before.Items{}
	for at := range o.sharedLedgers() {
		l := o.Plain.Contract.Ledgers[at[0]]
		if !l.Nameless() {
			continue
		}
		err := retryRead(ctx, func() error {
			o.base[at] = before.Items{}
			return o.itemsOf(ctx, at, func(item any) error { return o.base[at].Add(item, l.Count) })
		})
		if err != nil {
			return fmt.Errorf("reading ledger %s: %w", at[0], err)
		}
	}
	return nil
}

// initialItems counts what is in the ledgers of a resource before the first operation.
func (o *EffectReader) initialItems(ctx context.Context, inst *Instance) error {
	inst.base = map[string]before.Items{}
	n := 0
	counted := func(ledger string) string { return o.Plain.Contract.Ledgers[ledger].Count }
	return o.eachItem(ctx, inst, func(ledger string, item any) error {
		if inst.base[ledger] == nil {
			inst.base[ledger] = before.Items{}
		}
		if err := inst.base[ledger].Add(item, counted(ledger)); err != nil {
			return witness.NotAsDeclared(err)
		}
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
	if !read || !typ.Readable() {
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
	if !typ.Readable() || len(typ.State) == 0 {
		return nil
	}
	answer, from, err := o.stateOf(ctx, inst)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(typ.State)) {
		v, why := stateValue(value.Lookup(answer, typ.State[name].Field))
		if why != "" {
			err := fmt.Errorf("%s has %s field %q (resources.%s.state.%s.field)",
				from, why, typ.State[name].Field, inst.Type, name)
			return o.Plain.Unfit(witness.NotAsDeclared(err), "resources", inst.Type, "state", name, "field")
		}
		found(inst.Prefix+"."+name, v)
	}
	return nil
}

// stateOf reads what holds the state of a resource, and names it.
func (o *EffectReader) stateOf(
	ctx context.Context, inst *Instance,
) (found any, from string, err error) {
	typ := o.Plain.Contract.Resources[inst.Type]
	if typ.ReadFrom != nil {
		at := elsewhere.Named{Readers: o.Readers, Name: elsewhere.State(inst.Type, typ.ReadFrom)}
		err = once(ctx, o.Plain, spot{at.Name, inst.ID}, func() (err error) {
			found, err = at.One(ctx, inst.vars())
			return err
		})
		return o.Plain.Mask.Value(found), "what " + at.Name + " shows",
			o.Plain.Unfit(err, "resources", inst.Type, "read_from")
	}
	m := BoundMessage{Message: *typ.Read, Tenant: inst.Tenant, Vars: inst.vars()}
	err = once(ctx, o.Plain, spot{"resources." + inst.Type + ".read", inst.ID}, func() (err error) {
		found, err = o.Plain.Send(ctx, m)
		return err
	})
	if err != nil {
		err = fmt.Errorf("%w%s", err, misdirected(err, "resources."+inst.Type+".read"))
		err = o.Plain.Unfit(err, "resources", inst.Type, "read", "path")
	}
	return found, "the answer to " + typ.Read.Path, err
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
		err := o.items(ctx, m, name, func(item any) error { return each(name, item) })
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
	if o.Plain.Contract.Ledgers[name].From != nil {
		line = "from"
	}
	if _, is := errors.AsType[noItems](err); is {
		line = "items"
	}
	return o.Plain.Unfit(err, "ledgers", name, line)
}

// noItems is an answer that has no list where the contract says.
type noItems string

// Error says what the answer has instead.
func (e noItems) Error() string { return string(e) }

// items reads one ledger.
func (o *EffectReader) items(
	ctx context.Context, m BoundMessage, name string, each func(item any) error,
) error {
	about, _ := m.Vars["id"].(string)
	from := o.Plain.Contract.Ledgers[name].From
	if from == nil {
		return once(ctx, o.Plain, spot{"ledgers." + name + ".path", about}, func() error {
			return o.listed(ctx, m, name, each)
		})
	}
	at := elsewhere.Named{Readers: o.Readers, Name: elsewhere.Ledger(name, from)}
	return once(ctx, o.Plain, spot{at.Name, about}, func() error {
		return at.Items(ctx, m.Vars, func(item any) error { return each(o.Plain.Mask.Value(item)) })
	})
}

// listed reads a ledger that the service shows itself, all its pages where it has such.
func (o *EffectReader) listed(
	ctx context.Context, m BoundMessage, name string, each func(item any) error,
) error {
	l := o.Plain.Contract.Ledgers[name]
	if l.Pages != nil {
		return paged(o.Plain, m, *l.Pages, l.Items).Read(ctx, each)
	}
	path, n := l.Items, 0
	var header http.Header
	m.Headers = func(h http.Header) { header, n = h, 0 }
	return o.Plain.exchange(ctx, m, func(from io.Reader) error {
		found, err := intake.ReadItems(from, path, func(item any) error {
			n++
			return each(item)
		})
		var syntax *json.SyntaxError
		switch {
		case errors.Is(err, intake.ErrNoList):
			return witness.NotAsDeclared(noItems(fmt.Sprintf(
				"the answer to %s has no list at %q (ledgers.items)", m.Path, path)))
		case errors.As(err, &syntax):
			return notJSON(err, fmt.Errorf("%w: %w", errNotJSON, err))
		case err == nil && !found:
			return witness.NotAsDeclared(noItems(fmt.Sprintf(
				"the answer to %s has no field %q (ledgers.items)", m.Path, path)))
		case err == nil:
			return nextpage.Only(header, m.Path, n, "ledgers."+name)
		}
		return err
	})
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
	known := map[string]before.Items{}
	for ledger, items := range inst.base {
		known[ledger] = maps.Clone(items)
	}
	own := &listing{}
	err := o.eachItem(ctx, inst, func(ledger string, item any) error {
		return own.since(known[ledger], o.Plain.Contract.Ledgers[ledger].Count, item,
			func() *model.Effect { return o.effect(ledger, inst.Prefix, item) })
	})
	for _, ledger := range slices.Sorted(maps.Keys(known)) {
		err = cmp.Or(err, o.wentBack(ledger, known[ledger]))
	}
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

// wentBack tells that a counter shows less than before the first operation; nil when it does not.
func (o *EffectReader) wentBack(ledger string, known before.Items) error {
	if gone := known.Gone(); gone > 0 && o.Plain.Contract.Ledgers[ledger].Count != "" {
		return fmt.Errorf("ledger %s counts %d less than before the first operation: was the service "+
			"started again?", ledger, gone)
	}
	return nil
}

// sharedLedgers are the ledgers that belong to no resource, each with the tenant who reads it.
func (o *EffectReader) sharedLedgers() iter.Seq[[2]string] {
	return func(yield func([2]string) bool) {
		for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
			l, readers := o.Plain.Contract.Ledgers[name], o.tenants
			if l.From != nil {
				readers = readers[:1] // whoever reads it, it is one place
			}
			for _, tenant := range readers {
				if l.Per == "" && !yield([2]string{name, tenant}) {
					return
				}
			}
		}
	}
}

// itemsOf reads a ledger that belongs to no resource, as one tenant.
func (o *EffectReader) itemsOf(ctx context.Context, at [2]string, each func(item any) error) error {
	m := BoundMessage{
		Message: o.Plain.Contract.Ledgers[at[0]].Message(), Tenant: at[1], Vars: template.Vars{},
	}
	if err := o.items(ctx, m, at[0], each); err != nil {
		return o.unfitLedger(err, at[0])
	}
	return nil
}

// shared reads the ledgers that belong to no resource, once for every tenant. Items of other runs
// are left out: they carry no name that begins with this run's nonce, or stood there before.
func (o *EffectReader) shared(ctx context.Context, add func(model.Event)) {
	for at := range o.sharedLedgers() {
		l, own, known := o.Plain.Contract.Ledgers[at[0]], &listing{}, maps.Clone(o.base[at])
		err := o.itemsOf(ctx, at, func(item any) error {
			e := o.effect(at[0], "", item)
			switch {
			case l.Nameless():
				return own.since(known, l.Count, item, func() *model.Effect { return e })
			case o.ours(e):
				return own.list(e)
			}
			return nil
		})
		own.report(add, "ledger "+at[0], cmp.Or(err, o.wentBack(at[0], known)))
	}
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
