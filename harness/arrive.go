package harness

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// leastPatience is how long something unreadable, or something that still changes, is read again
// even when effects should be there at once, and leastReadings how often at least: on a busy
// machine two readings may take all of that time.
const leastPatience, leastReadings = 300 * time.Millisecond, 5

// observe reads ledgers, state and lookups into events. It reads again until what was acknowledged
// has appeared or the contract's settle time is over; and, where something may still be at work,
// until two readings in a row are equal: a reading takes many messages, so one that is made while a
// request commits may show its debit and not its balance.
func (b *binding) observe(ctx context.Context, events []model.Event) []model.Event {
	settle := b.runner.contract.Promises.Settle.Std()
	twice := settle > 0 || unanswered(events)
	begun := time.Now()
	var before, seen []model.Event
	for n := 0; ; n++ {
		before, seen = seen, b.look(ctx, events)
		steady := !twice || n > 0 && reflect.DeepEqual(before, seen)
		spent := time.Since(begun)
		unread := slices.ContainsFunc(seen, isUnreadable)
		settled := spent >= settle || len(b.missing(events, seen)) == 0
		if !unread && steady && settled {
			return seen
		}
		late := spent >= settle+leastPatience && n+1 >= leastReadings
		if late || spent >= settle+plainLimit { // a reading that hangs is not made again and again
			return patienceIsOver(seen, steady)
		}
		if sleep(ctx, pause(settle)) != nil {
			return seen
		}
	}
}

// pause is how long to wait between two readings.
func pause(settle time.Duration) time.Duration {
	if settle == 0 {
		return leastPatience / 10
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

// proof reads ledgers and state while repeats are still told to try again, and returns what it read
// if that proves the service wrong whatever comes later; nil if not. Nothing is at work by then:
// every request at the service was answered, and effects are to be seen at once.
func (b *binding) proof(ctx context.Context, events []model.Event) []model.Event {
	if b.runner.contract.Promises.Settle > 0 || unanswered(events) {
		return nil
	}
	seen := b.look(ctx, events)
	events = append(events, at(events, unreported(b.plan.Faults, events))...)
	h := b.history(append(events, at(events, seen)...))
	v := judge.Judge(h, b.runner.contract, b.runner.spec)
	if v.Verdict != model.Invalid || !slices.ContainsFunc(v.Violations, proves) {
		return nil
	}
	return seen
}

// proves reports whether a violation is proved by what was seen, and not by when.
func proves(v model.Violation) bool { return !v.Timed }

// at dates what was found after the last event by that one.
func at(events, found []model.Event) []model.Event {
	for i := range found {
		found[i].At = events[len(events)-1].At
	}
	return found
}

// unreported returns an event for every planned fault that nothing was heard of.
func unreported(faults []model.Fault, events []model.Event) []model.Event {
	var out []model.Event
	for _, f := range faults {
		heard := slices.ContainsFunc(events, func(e model.Event) bool {
			return e.Kind == model.Struck && e.Fault.Kind == f.Kind &&
				e.Fault.Operation == f.Operation && e.Fault.Attempt == f.Attempt
		})
		if !heard {
			out = append(out, model.Event{
				Kind: model.Struck, Operation: f.Operation, Attempt: f.Attempt, Fault: &f,
				Detail: "its attempt was not made",
			})
		}
	}
	return out
}

// delivery is a request that reached the service.
type delivery struct {
	operation    string
	attempt, hit int
}

// unanswered reports whether the service was handed a request that it never answered: it may still
// be at work on it, also where the connection was cut under it.
func unanswered(events []model.Event) bool {
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
// where operations share a key or a marker, what is there counts for each of them.
func (b *binding) missing(events, seen []model.Event) []string {
	var out []string
	for _, op := range b.ops {
		found, wanted := appeared(op.record, seen)
		must := found > 0 || b.wasAcknowledged(op, events)
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

// belongs reports whether an item names an operation, by its key or by its marker.
func belongs(e *model.Effect, op *model.Operation) bool {
	return e.Key != "" && e.Key == op.Key || e.Mark != "" && e.Mark == op.Mark
}

// wasAcknowledged reports whether an operation got an ok answer, on the wire or at its client.
func (b *binding) wasAcknowledged(op *bound, events []model.Event) bool {
	return slices.ContainsFunc(events, func(e model.Event) bool {
		answered := e.Kind == model.Return || e.Kind == model.Answered
		return answered && e.Operation == op.ID &&
			b.runner.contract.Classify(op.Type, e.Answer) == model.OK
	})
}
