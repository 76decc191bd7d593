package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

const (
	defaultParallel = 96
	defaultRate     = 2000
	// drainLimit bounds the wait for late arrivals, caseLimit a whole case.
	drainLimit = 10 * time.Second
	caseLimit  = 2 * time.Minute
	// mostRuns is how often a case is run until all of its faults fire: crowdedRuns times among many
	// others, and then among a few, because a busy target is what makes faults miss.
	mostRuns, crowdedRuns, quietParallel = 6, 2, 6
)

// ErrUnreachable means that the target does not accept connections.
var ErrUnreachable = errors.New("the target cannot be reached")

// runner runs cases against one target.
type runner struct {
	Options
	contract *model.Contract
	spec     *contract.Compiled
	mask     *mask
	base     *url.URL
	limit    *rate.Limiter
	// heavy bounds how many large answers are read at the same time.
	heavy heavy
	// crew says how many cases run side by side: Parallel at most, also while warming up and
	// shrinking.
	crew *crew
	// conditions watch what hinders a run; nil in virtual time, where nothing does.
	conditions *conditions
	// ledgerFields are the item fields that operations declare, by ledger.
	ledgerFields map[string][]string
	// begun is when the run began, and deadline when its budget is spent; zero when there is none.
	begun, deadline time.Time
	// worked are cases of the warm-up with which the service works, one of every type.
	worked []model.Case
	// service is how long the target works on an operation without faults, by type.
	service map[string]time.Duration
	// notes say what of the plan could not be done as it was meant.
	notes []string

	mu sync.Mutex
	// failed is the first error that means the run cannot go on, protected by mu.
	failed error
}

// newRunner checks options and compiles the contract.
func newRunner(o Options) (*runner, error) {
	base, err := url.Parse(o.Contract.Target.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the target's URL: %w", err)
	}
	spec, err := contract.Compile(o.Contract)
	if err != nil {
		return nil, fmt.Errorf("compiling the contract: %w", err)
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	perSecond := o.Contract.Target.MaxRate
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	if o.Enter != nil {
		perSecond = math.MaxInt32 // virtual time must not wait for a real limit
	}
	plan := *o.Plan // it may grow, and the caller's stays as it is
	plan.Cases = slices.Clip(plan.Cases)
	o.Plan = &plan
	r := &runner{
		Options: o, contract: o.Contract, spec: spec, base: base,
		limit:   rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10)),
		service: map[string]time.Duration{},
		crew:    newCrew(o.Parallel),
		mask:    newMask(o.Contract, o.Secrets),
		begun:   time.Now(),
	}
	if o.Enter == nil {
		r.heavy = newHeavy() // in virtual time nobody may wait for another case
		r.conditions = newConditions(r.limit, timeout(o.Contract))
	}
	if o.Budget > 0 {
		r.deadline = time.Now().Add(o.Budget)
	}
	r.ledgerFields = declaredFields(o.Contract)
	return r, nil
}

// declaredFields lists the item fields that operations declare, by ledger.
func declaredFields(c *model.Contract) map[string][]string {
	out := map[string][]string{}
	for _, t := range c.Operations {
		for _, e := range t.Effects {
			fields := slices.Concat(out[e.Ledger], slices.Sorted(maps.Keys(e.Fields)))
			slices.Sort(fields)
			out[e.Ledger] = slices.Compact(fields)
		}
	}
	return out
}

// fail keeps the first error after which the run cannot go on.
func (r *runner) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
}

// fatal returns the error of [runner.fail].
func (r *runner) fatal() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		if err := r.spec.Err(); err != nil {
			return fmt.Errorf("judging by the contract: %w", err)
		}
	}
	return r.failed
}

// outcome is what came of running one case.
type outcome struct {
	plan    model.Case
	history *model.History
	verdict model.Verdict
	// until is when the last run ended, and causes are what hindered the last run.
	until  time.Time
	causes []cause
	// signature is what the last run showed (see [signature]).
	signature uint64
	runs      int
	elapsed   time.Duration
	// beside are cases that ran at the same time; only those of an invalid outcome are wanted.
	beside []model.Case
	// suspected are violations that do not count unless they come again in the calm: the verdict
	// leaves them out. confirmed: the case was run alone because of them.
	suspected []model.Violation
	confirmed bool
	// failsAnew says that what a violation speaks of fails under a new key too; "" otherwise.
	failsAnew string
}

// tryCase runs a case until its faults fire, with fresh resources each time: run number first and,
// if need be, those after it up to last. A violation counts whether or not they fired.
func (r *runner) tryCase(ctx context.Context, c model.Case, first, last int) outcome {
	begun := time.Now()
	out := outcome{plan: c}
	starve := c.Starve
	for run := first; run <= last; run++ {
		if run > 1 {
			c = sooner(c)
			c.Starve = repaused(starve, run)
		}
		out = r.runBeside(ctx, c, r.Plan.Neighbours, repetition{run, run})
		if out.verdict.Verdict != model.Unknown || r.ended(ctx) {
			break
		}
	}
	out.elapsed, out.signature = time.Since(begun), signature(out.history)
	return out
}

// ended reports whether nothing should be begun any more.
func (r *runner) ended(ctx context.Context) bool {
	return ctx.Err() != nil || r.fatal() != nil || r.conditions.stopped() != ""
}

// repetition says which run of a case it is: number counts all of them, from 1, and try those after
// which its faults were brought forward.
type repetition struct{ number, try int }

// sooner returns a case whose crashes come earlier, after they came too late or their point was not
// reached: after a quarter of the time, but never at once, so that virtual time orders them. Those
// planned as a share are quartered when the share is resolved.
func sooner(c model.Case) model.Case {
	c = clone(c)
	for i := range c.Faults {
		if f := &c.Faults[i]; f.Kind == model.Crash && !shared(f) {
			f.Point = ""
			f.Span = model.Duration(max(f.Span.Std()/4, time.Microsecond).Truncate(time.Microsecond))
		}
	}
	return c
}

// runCase runs a case once, at a site of its own, and judges it. What could not be done makes it
// unknown.
func (r *runner) runCase(ctx context.Context, c model.Case, rep repetition) outcome {
	begun := time.Now()
	out := outcome{plan: c, runs: rep.number}
	// What stands still in virtual time is given up, and may go on later: it must not touch out.
	performed := make(chan *model.History, 1)
	err := r.at(func(s Site) error {
		within, cancel := r.within(ctx)
		defer cancel()
		history, err := r.perform(within, s, c, rep)
		if errors.Is(within.Err(), context.Canceled) {
			err = cutOff(ctx) // what went wrong then is nobody's fault
		}
		performed <- history
		return err
	})
	out.until = time.Now()
	out.causes = r.conditions.during(window{begun, out.until})
	if err != nil {
		if !r.conditions.heedError(nameOf(&c), err) {
			r.noteUnreachable(err)
		}
		out.verdict = unknown([]string{nameOf(&c) + r.mask.text(err.Error())})
		return out
	}
	out.history = r.mask.history(<-performed)
	out.history.Doubt = r.doubt(out.causes)
	if r.Save != nil {
		if err := r.Save(out.history); err != nil {
			r.fail(fmt.Errorf("saving the history of case %d: %w", c.Index, err))
		}
	}
	out.verdict = judge.Judge(out.history, r.contract, r.spec)
	return out
}

// nameOf is what every reason of a case begins with.
func nameOf(c *model.Case) string { return fmt.Sprintf("case %d (%s): ", c.Index, c.Scenario) }

// at calls a function where a case can be run.
func (r *runner) at(body func(Site) error) error {
	if r.Enter != nil {
		return r.Enter(body)
	}
	return body(Site{World: r.World, HTTP: r.HTTP})
}

// perform binds a case, drives it and returns what was seen.
func (r *runner) perform(
	ctx context.Context, s Site, c model.Case, rep repetition,
) (*model.History, error) {
	c.Faults = r.resolved(&c, rep.try)
	if _, ok := s.World.(chaos.Starving); c.Starve != 0 && !ok {
		return nil, errNoPauses
	}
	for _, f := range c.Faults {
		if err := s.World.Expresses(f); err != nil {
			return nil, fmt.Errorf("%s at %s.%d: %w", f.Kind, f.Operation, f.Attempt, err)
		}
	}
	b, err := r.bind(ctx, s, &c)
	if err != nil {
		return nil, err
	}
	h := b.history(b.run(ctx))
	h.Run = rep.number
	return h, alive(s.World)
}

// ErrWorld means that what makes the faults died: what was seen says nothing about the target.
var ErrWorld = errors.New("what makes the faults is gone")

// alive returns what a world lost that it needs.
func alive(w chaos.World) error {
	mortal, ok := w.(chaos.Mortal)
	if !ok {
		return nil
	}
	if err := mortal.Alive(); err != nil {
		return fmt.Errorf("%w: %w", ErrWorld, err)
	}
	return nil
}

// noteUnreachable stops the run when the target does not accept connections, or does what no case
// survives.
func (r *runner) noteUnreachable(err error) {
	var status *StatusError
	var failed *url.Error
	if unfit, ok := errors.AsType[*unfitError](err); ok {
		r.fail(unfit)
		return
	}
	if errors.Is(err, ErrWorld) {
		r.fail(err)
		return
	}
	if silent, ok := errors.AsType[*silenceError](err); ok && r.Enter != nil {
		r.fail(fmt.Errorf("%w: %w", ErrUnreachable, silent)) // a handler that ends the connection
	}
	if errors.As(err, &failed) && !errors.As(err, &status) {
		r.fail(fmt.Errorf("%w: %w", ErrUnreachable, failed))
	}
}

// run drives a bound case through its faults, heals, settles and observes.
func (b *binding) run(ctx context.Context) []model.Event {
	rec := newRecorder()
	faults := b.plan.Faults
	net := b.site.World.Open(chaos.Case{
		Faults: faults, Record: rec.record, Interpret: interpret(b.runner.contract, b.runner.mask),
		Starve: b.plan.Starve,
	})
	defer net.Close()
	d := &driver{binding: b, net: net, recorder: rec, progress: make([]progress, len(b.ops))}
	d.clients(ctx)
	net.Heal()
	d.drain(ctx)
	rec.record(model.Event{Kind: model.Healed})
	var seen []model.Event
	d.settle(ctx, func() bool {
		seen = b.proof(ctx, rec.snapshot())
		return seen != nil
	})
	d.drain(ctx)
	events := rec.snapshot()
	events = append(events, at(events, unreported(faults, events))...)
	if seen == nil {
		seen = b.observe(ctx, events)
	}
	return append(events, at(events, seen)...)
}

// drain waits until everything under way has landed.
func (d *driver) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	if err := d.net.Drain(ctx); err != nil {
		d.recorder.record(model.Event{Kind: model.Unreadable, Name: "the link", Err: err.Error()})
	}
}

// resolved returns the faults of a case with what only the target can tell: times that are planned
// as a share of the measured service time. The target may be faster than it was in the warm-up:
// each time a case is run again the share is quartered.
func (r *runner) resolved(c *model.Case, run int) []model.Fault {
	out := slices.Clone(c.Faults)
	for i := range out {
		f := &out[i]
		op := c.Operation(f.Operation)
		if !shared(f) || op == nil {
			continue
		}
		span := r.service[op.Type] * time.Duration(f.PerMille) / 1000 >> (2 * (run - 1))
		if f.Kind == model.Delay {
			span = min(span, timeout(r.contract)/3)
		}
		if f.Kind != model.Disconnect {
			span = max(span, time.Microsecond) // no time at all would be no fault
		}
		f.Span = model.Duration(span.Truncate(time.Microsecond))
	}
	return out
}

// shared tells whether the time of a fault is planned as a share of the service time.
func shared(f *model.Fault) bool {
	switch f.Kind {
	case model.Disconnect:
		return f.Span == 0
	case model.Delay, model.StaggeredDuplicate, model.Crash, model.GatewayError:
		return f.Span == 0 && f.Point == "" && f.PerMille > 0
	}
	return false
}

// history puts a bound case and its events together.
func (b *binding) history(events []model.Event) *model.History {
	h := &model.History{
		Case: b.plan.Index, Scenario: b.plan.Scenario, Seed: b.runner.Plan.Seed,
		Initial: maps.Clone(b.initial), Events: events,
	}
	for _, op := range b.ops {
		h.Operations = append(h.Operations, *op.record)
	}
	return h
}
