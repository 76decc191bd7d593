package execute

import (
	"context"
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/execute/internal/record"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute/internal/answers"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/harness/observe/accepted"
	"github.com/idemcheck/idemcheck/model"
)

// run takes a bound case through its faults, heals, settles and observes.
func (b *binding) run(ctx context.Context) []model.Event {
	rec := record.New()
	b.begun = rec.Date(b.executor.Conditions == nil)
	faults := b.plan.Faults
	net := b.site.World.Open(chaos.NetOptions{
		Faults: faults, Record: rec.Add, Interpret: answers.Interpret(b.executor.Contract, b.mask),
		Starve: b.plan.Starve,
	})
	defer net.Close()
	s := newSender(b, net, rec)
	clients{s, faults}.run(ctx)
	net.Heal()
	s.drain(ctx)
	rec.Add(model.Event{Kind: model.Healed})
	var seen []model.Event
	settler{s}.settle(ctx, func() bool {
		seen = b.proof(ctx, rec.Snapshot())
		return seen != nil
	})
	s.drain(ctx)
	events := rec.Snapshot()
	events = append(events, record.Dated(events, record.Unreported(faults, events))...)
	if seen == nil {
		ended := accepted.Outcomes(ctx, b.observer.Plain, b.observer.Operations, events)
		events = append(events, record.Dated(events, ended)...)
		seen = b.observer.Observe(ctx, events)
	}
	seen = append(seen, admitted(ctx, s)...)
	return append(events, record.Dated(events, seen)...)
}

// history puts a bound case and its events together.
func (b *binding) history(events []model.Event) *model.History {
	h := &model.History{
		Case: b.plan.Index, Scenario: b.plan.Scenario, Seed: b.executor.Seed,
		Begun: b.begun, Initial: maps.Clone(b.observer.Initial), Events: events,
	}
	for _, op := range b.ops {
		h.Operations = append(h.Operations, *op.record)
	}
	return h
}

// proof reads ledgers and state while repeats are still told to try again, and returns what it read
// if that proves the service wrong whatever comes later; nil if not. Nothing is at work by then:
// every request at the service was answered, and effects are to be seen at once.
func (b *binding) proof(ctx context.Context, events []model.Event) []model.Event {
	later := slices.ContainsFunc(b.observer.Operations, func(op *model.Operation) bool {
		return b.executor.Contract.Operations[op.Type].Async != nil
	})
	if b.executor.Contract.Promises.Settle > 0 || later || observe.Unanswered(events) {
		return nil
	}
	seen := b.observer.Look(ctx, events)
	events = append(events, record.Dated(events, record.Unreported(b.plan.Faults, events))...)
	h := b.history(append(events, record.Dated(events, seen)...))
	if !b.executor.Proves(h, b.executor.Contract) {
		return nil
	}
	return seen
}
