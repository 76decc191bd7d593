package execute

import (
	"context"
	"slices"

	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// proof reads ledgers and state while repeats are still told to try again, and returns what it read
// if that proves the service wrong whatever comes later; nil if not. Nothing is at work by then:
// every request at the service was answered, and effects are to be seen at once.
func (b *binding) proof(ctx context.Context, events []model.Event) []model.Event {
	if b.executor.Contract.Promises.Settle > 0 || observe.Unanswered(events) {
		return nil
	}
	seen := b.observer.Look(ctx, events)
	events = append(events, at(events, unreported(b.plan.Faults, events))...)
	h := b.history(append(events, at(events, seen)...))
	if !b.executor.Proves(h, b.executor.Contract) {
		return nil
	}
	return seen
}

// at dates what was found after the last event by that one.
func at(events, found []model.Event) []model.Event {
	for i := range found {
		found[i].At = events[len(events)-1].At
	}
	return found
}

// unreported returns an event for every planned fault that nothing was heard of.
func unreported(faults []fault.Fault, events []model.Event) []model.Event {
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
