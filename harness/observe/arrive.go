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
		found, wanted := appeared(op, seen)
		must := found > 0 || o.wasAcknowledged(op, events)
		if must && found < wanted {
			out = append(out, op.ID)
		}
	}
	return out
}

// appeared counts the declared effects of an operation that are listed, and all of them.
func appeared(op *model.Operation, seen []model.Event) (found, wanted int) {
	want := map[string]int{}
	for i := range op.Effects {
		want[place(&op.Effects[i])]++
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
	return found, len(op.Effects)
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
	c := o.Plain.Contract
	ctx, cancel := context.WithTimeout(ctx, max(c.Timeout(), c.Recovery()))
	defer cancel()
	for _, inst := range o.Resources {
		if inst.Tenant != tenant {
			continue
		}
		var sent bool
		var err error
		if c.Resources[inst.Type].Read != nil {
			sent, err = true, o.readState(ctx, inst, func(string, any) {})
		} else {
			err = o.eachItem(ctx, inst, func(string, any) error { sent = true; return nil })
		}
		var status *StatusError
		if sent || err != nil {
			return err == nil || errors.As(err, &status)
		}
	}
	return false
}

// errNothingToRead means that a contract names nothing that a tenant could read.
var errNothingToRead = errors.New("there is nothing to read by which it could be known")

// LetIn reads something of a tenant, and returns why that could not be done: then nobody knows
// whether its session is any good.
func (o *EffectReader) LetIn(ctx context.Context, tenant string) error {
	for _, inst := range o.Resources {
		if inst.Tenant != tenant {
			continue
		}
		read := o.Plain.Contract.Resources[inst.Type].Read
		if read != nil {
			m := BoundMessage{Message: *read, Tenant: tenant, Vars: inst.vars()}
			return o.Plain.exchange(ctx, m, discard)
		}
		for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
			if l := o.Plain.Contract.Ledgers[name]; l.Per == inst.Type {
				m := BoundMessage{Message: l.Message(), Tenant: tenant, Vars: inst.vars()}
				return o.Plain.exchange(ctx, m, discard)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Plain.Contract.Ledgers)) {
		if l := o.Plain.Contract.Ledgers[name]; l.Per == "" {
			m := BoundMessage{Message: l.Message(), Tenant: tenant, Vars: template.Vars{}}
			return o.Plain.exchange(ctx, m, discard)
		}
	}
	return errNothingToRead
}
