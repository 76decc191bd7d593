package observe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/model"
)

// minPatience is how long something unreadable, or something that still changes, is read again
// even when effects should be there at once, and minReadings how often at least: on a busy
// machine two readings may take all of that time.
const minPatience, minReadings = 300 * time.Millisecond, 5

// Observe reads ledgers, state and lookups into events. It reads again until what was acknowledged
// has appeared or the contract's settle time is over; and, where something may still be at work,
// until two readings in a row are equal: a reading takes many messages, so one that is made while a
// request commits may show its debit and not its balance.
func (o *EffectReader) Observe(ctx context.Context, events []model.Event) []model.Event {
	settle := o.Plain.Contract.Promises.Settle.Std()
	twice := settle > 0 || Unanswered(events)
	begun := time.Now()
	var before, seen []model.Event
	for n := 0; ; n++ {
		before, seen = seen, o.Look(ctx, events)
		steady := !twice || n > 0 && reflect.DeepEqual(before, seen)
		spent := time.Since(begun)
		unread := slices.ContainsFunc(seen, isUnreadable)
		settled := spent >= settle || len(o.missing(events, seen)) == 0
		if !unread && steady && settled {
			return seen
		}
		late := spent >= settle+minPatience && n+1 >= minReadings
		if late || spent >= settle+Limit { // a reading that hangs is not made again and again
			return patienceIsOver(seen, steady)
		}
		if sleep.For(ctx, pause(settle)) != nil {
			return seen
		}
	}
}

// pause is how long to wait between two readings.
func pause(settle time.Duration) time.Duration {
	if settle == 0 {
		return minPatience / 10
	}
	return max(settle/10, time.Millisecond)
}

// patienceIsOver returns the last reading of many, and says so when no two were equal.
func patienceIsOver(seen []model.Event, steady bool) []model.Event {
	if steady || slices.ContainsFunc(seen, isUnreadable) {
		return seen
	}
	return append(seen, model.Event{
		Kind: model.Unreadable, Name: "the ledgers and states",
		Err: "they were still changing when everything had ended; if the service works on for longer, " +
			"set promises.settle",
	})
}

func isUnreadable(e model.Event) bool { return e.Kind == model.Unreadable }

// delivery is a request that reached the service.
type delivery struct {
	operation    string
	attempt, hit int
}

// Unanswered reports whether the service was handed a request that it never answered: it may still
// be at work on it, also where the connection was cut under it.
func Unanswered(events []model.Event) bool {
	open := map[delivery]bool{}
	for _, e := range events {
		at := delivery{e.Operation, e.Attempt, e.Hit}
		switch e.Kind {
		case model.Sent:
			open[at] = true
		case model.Answered:
			if e.Err != model.Cut {
				delete(open, at)
			}
		}
	}
	return len(open) > 0
}

// missing names the operations whose declared effects have not all appeared yet although they must:
// they were acknowledged, or some of their effects are there. It only counts, and judges nothing:
// where operations share a key or a correlation ID, what is there counts for each of them.
func (o *EffectReader) missing(events, seen []model.Event) []string {
	var out []string
	for _, op := range o.Operations {
		found, wanted := o.appeared(op, seen)
		must := found > 0 || o.wasAcknowledged(op, events)
		if must && found < wanted {
			out = append(out, op.ID)
		}
	}
	return append(out, o.uncounted(events, seen)...)
}

// uncounted names the places in ledgers whose items carry no name that show fewer effects than were
// acknowledged there.
func (o *EffectReader) uncounted(events, seen []model.Event) []string {
	wanted := map[string]int{}
	for _, op := range o.Operations {
		for i := range op.Effects {
			if e := &op.Effects[i]; o.nameless(e) && o.wasAcknowledged(op, events) {
				wanted[place(e)]++
			}
		}
	}
	for _, e := range seen {
		if e.Kind == model.Listed && wanted[place(e.Effect)] > 0 {
			wanted[place(e.Effect)]--
		}
	}
	maps.DeleteFunc(wanted, func(_ string, n int) bool { return n == 0 })
	return slices.Sorted(maps.Keys(wanted))
}

// nameless reports whether an effect is in a ledger whose items do not say whose they are.
func (o *EffectReader) nameless(e *model.Effect) bool {
	return o.Plain.Contract.Ledgers[e.Ledger].Nameless()
}

// appeared counts the declared effects of an operation that are listed, and all of them, as far as
// ledgers say whose they are.
func (o *EffectReader) appeared(op *model.Operation, seen []model.Event) (found, wanted int) {
	want := map[string]int{}
	for i := range op.Effects {
		if e := &op.Effects[i]; !o.nameless(e) {
			want[place(e)]++
			wanted++
		}
	}
	listed := map[string]int{}
	for _, e := range seen {
		if e.Kind == model.Listed && belongs(e.Effect, op) {
			listed[place(e.Effect)]++
		}
	}
	for at, n := range want {
		found += min(n, listed[at])
	}
	return found, wanted
}

// place says in which ledger, of which resource and as what an effect is listed.
func place(e *model.Effect) string { return fmt.Sprintf("%q %q %q", e.Ledger, e.Resource, e.Kind) }

// belongs reports whether an item names an operation, by its key or by its correlation ID.
func belongs(e *model.Effect, op *model.Operation) bool {
	return e.Key != "" && e.Key == op.Key ||
		e.CorrelationID != "" && e.CorrelationID == op.CorrelationID
}

// wasAcknowledged reports whether an operation got an ok answer, on the wire or at its client.
func (o *EffectReader) wasAcknowledged(op *model.Operation, events []model.Event) bool {
	return slices.ContainsFunc(events, func(e model.Event) bool {
		answered := e.Kind == model.Return || e.Kind == model.Answered
		return answered && e.Operation == op.ID &&
			o.Plain.Contract.Classify(op.Type, e.Answer) == model.OK
	})
}

// Probe reads something of a tenant, so that it is known whether the service answers others than
// the key at hand, and whom. It returns false when there is nothing to read, or nothing came of
// it.
func (o *EffectReader) Probe(ctx context.Context, tenant string) bool {
	m, known := o.ownReading(tenant)
	if !known {
		return false
	}
	c := o.Plain.Contract
	ctx, cancel := context.WithTimeout(ctx, max(c.Timeout(), c.Recovery()))
	defer cancel()
	err := o.Plain.exchange(ctx, m, discard)
	_, refused := errors.AsType[*StatusError](err)
	return err == nil || refused
}

// errNothingToRead means that a contract names nothing that a tenant could read.
var errNothingToRead = errors.New("there is nothing to read by which it could be known")

// LetIn reads something of a tenant, and returns why that could not be done: then nobody knows
// whether its session is any good.
func (o *EffectReader) LetIn(ctx context.Context, tenant string) error {
	if m, known := o.ownReading(tenant); known {
		return o.Plain.exchange(ctx, m, discard)
	}
	if name := o.ledgerOf(""); name != "" {
		m := BoundMessage{
			Message: o.Plain.Contract.Ledgers[name].Message(), Tenant: tenant, Vars: template.Vars{},
		}
		return o.Plain.exchange(ctx, m, discard)
	}
	return errNothingToRead
}

// ownReading is a message by which the service shows something of a resource of a tenant; false
// without any.
func (o *EffectReader) ownReading(tenant string) (BoundMessage, bool) {
	for _, inst := range o.Resources {
		if inst.Tenant != tenant {
			continue
		}
		m := BoundMessage{Tenant: tenant, Vars: inst.vars()}
		if read := o.Plain.Contract.Resources[inst.Type].Read; read != nil {
			m.Message = *read
			return m, true
		}
		if name := o.ledgerOf(inst.Type); name != "" {
			m.Message = o.Plain.Contract.Ledgers[name].Message()
			return m, true
		}
	}
	return BoundMessage{}, false
}

// ledgerOf is the first ledger of a type of resource, or of none, that the service shows itself; ""
// without any.
func (o *EffectReader) ledgerOf(resource string) string {
	for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
		if l := o.Plain.Contract.Ledgers[name]; l.Per == resource && l.From == nil {
			return name
		}
	}
	return ""
}

// lookUp checks that what was acknowledged exists.
func (o *EffectReader) lookUp(ctx context.Context, events []model.Event, add func(model.Event)) {
	for _, op := range o.Operations {
		typ := o.Plain.Contract.Operations[op.Type]
		id := Acknowledged(o.Plain.Contract, op, events)
		if typ.Answer.Lookup == "" || id == "" {
			continue
		}
		if len(id) > maxState {
			add(unreadable("what the answer to "+op.ID+" names",
				fmt.Errorf("its name is longer than %s", intake.BytesText(maxState))))
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

// Acknowledged returns the identity that the last ok answer to an operation names, or "".
func Acknowledged(c *model.Contract, op *model.Operation, events []model.Event) string {
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
