// Package trial runs single cases and has each judged. It leaves out of the verdict what a crowd, a
// busy machine or an outage explains.
package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/crew"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/judge/declare"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// caseLimit bounds a whole case, and virtualCaseLimit one in virtual time, where waiting for days
// costs nothing.
const caseLimit, virtualCaseLimit = 2 * time.Minute, 1000 * 24 * time.Hour

// ErrUnreachable means that the target does not accept connections.
var ErrUnreachable = errors.New("the target cannot be reached")

// UnfitError is what a service did that no case can survive, and where: it ends the run.
type UnfitError struct{ Message string }

// Error returns the whole message.
func (e *UnfitError) Error() string { return e.Message }

// Runner runs single cases at sites of one place.
type Runner struct {
	Exec  *execute.Executor
	Place execute.Place
	// Crew says how many cases run side by side, also while warming up and shrinking.
	Crew *crew.Crew
	// Conditions watch what hinders a run; nil in virtual time, where nothing does.
	Conditions *conditions.Conditions
	Budget     Budget
	// Worked are cases of the warm-up with which the service works, one of every type.
	Worked []model.Case
	// Save receives every history before it is judged; nil saves nothing.
	Save func(*model.History) error
	// failure is why no further case can be run.
	failure *failure
	// service is shared by cases, and taken by one that strikes the process of the service; nil where
	// nobody shares it, as in virtual time.
	service *service
}

// failure keeps the first error after which nothing can be run any more.
type failure struct {
	mu  sync.Mutex
	err error // protected by mu
}

// Settings say where cases are run, how many side by side, and for how long.
type Settings struct {
	Contract *model.Contract
	Secrets  []string
	Seed     uint64
	// RunID is the name of the run; empty means a fresh one.
	RunID    string
	Place    execute.Place
	Parallel int
	Budget   time.Duration
}

// New compiles the contract. The budget counts from here on.
func New(s Settings) (*Runner, error) {
	e, err := execute.New(s.Contract, s.Secrets, s.Place.Virtual())
	if err != nil {
		return nil, err
	}
	e.Seed, e.RunID = s.Seed, cmp.Or(s.RunID, e.RunID)
	e.Proves = func(h *model.History, c *model.Contract) bool { return proves(h, c, e.Spec) }
	r := &Runner{
		Exec: e, Place: s.Place, Conditions: e.Conditions, Crew: crew.New(s.Parallel),
		Budget: newBudget(s.Budget, s.Place.Virtual()), failure: &failure{},
	}
	if !s.Place.Virtual() {
		r.service = newService()
	}
	e.Anew = r.servesAnew
	e.Elsewhere = func(ctx context.Context) bool { return r.answersNew(ctx, true) }
	return r, nil
}

// Detached is a runner whose cases are no part of the run: their histories are not saved, and an
// error after which it can run nothing says nothing about r.
func (r *Runner) Detached() *Runner {
	out := *r
	out.Save, out.failure = nil, &failure{}
	return &out
}

// At is a runner at another place, whose errors are its own.
func (r *Runner) At(place execute.Place) *Runner {
	out := r.Detached()
	out.Place = place
	return out
}

// By is a runner by another contract.
func (r *Runner) By(c *model.Contract) *Runner {
	out, e := *r, *r.Exec
	e.Contract = c
	out.Exec = &e
	if e.Anew != nil {
		e.Anew = out.servesAnew
		e.Elsewhere = func(ctx context.Context) bool { return out.answersNew(ctx, true) }
	}
	return &out
}

// Fail keeps the first error after which nothing can be run any more.
func (r *Runner) Fail(err error) {
	r.failure.mu.Lock()
	defer r.failure.mu.Unlock()
	if r.failure.err == nil {
		r.failure.err = err
	}
}

// Fatal returns the error of [Runner.Fail].
func (r *Runner) Fatal() error {
	r.failure.mu.Lock()
	defer r.failure.mu.Unlock()
	if r.failure.err == nil {
		if err := r.Exec.Spec.Err(); err != nil {
			return fmt.Errorf("judging by the contract: %w", err)
		}
	}
	return r.failure.err
}

// Ended reports whether nothing should be begun any more.
func (r *Runner) Ended(ctx context.Context) bool {
	return ctx.Err() != nil || r.Fatal() != nil || r.Conditions.Stopped() != ""
}

// Recovery is the contract's.
func (r *Runner) Recovery() time.Duration { return r.Exec.Contract.Recovery() }

// Try runs a case until its faults fire, with fresh resources each time: run number first and,
// if need be, those after it up to last. A violation counts whether or not they fired. Some other
// cases run beside it.
func (r *Runner) Try(ctx context.Context, c model.Case, runs Runs, beside ...model.Case) Trial {
	begun := time.Now()
	out := Trial{Case: c}
	starve := c.Starve
	for run := runs.First; run <= runs.Last; run++ {
		if run > 1 {
			c = withEarlierCrash(c)
			c.Starve = repaused(starve, run)
		}
		out = r.RunBeside(ctx, c, beside, execute.Repetition{Number: run, Try: run})
		decided := out.Verdict.Verdict != verdict.Unknown
		if decided || r.Ended(ctx) || r.Conditions.MayBeDown() {
			break
		}
	}
	declare.Lines(&out.Verdict, out.History, r.Exec.Contract, r.Exec.Spec)
	out.Elapsed, out.Signature = time.Since(begun), signature(out.History)
	return out
}

// Runs says which runs of a case are made at most: they are counted from 1.
type Runs struct{ First, Last int }

// RunBeside runs a case once, with other cases beside it. What comes of these is of no interest.
func (r *Runner) RunBeside(
	ctx context.Context, c model.Case, cases []model.Case, rep execute.Repetition,
) Trial {
	others := r.Detached()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, other := range cases {
		wg.Go(func() { others.Run(ctx, other, execute.Repetition{Number: 1, Try: 1}) })
	}
	return r.Run(ctx, c, rep)
}

// Run runs a case once, at a site of its own, and judges it. What could not be done makes it
// unknown.
func (r *Runner) Run(ctx context.Context, c model.Case, rep execute.Repetition) Trial {
	alone := strikesProcess(c.Faults)
	defer r.service.enter(alone)()
	begun := time.Now()
	out := Trial{Case: c, Runs: rep.Number, Alone: alone && r.service != nil}
	// What stands still in virtual time is given up, and may go on later: it must not touch out.
	performed := make(chan *model.History, 1)
	err := r.Place.Lend(func(s execute.Site) error {
		within, cancel := r.within(ctx)
		defer cancel()
		history, err := r.Exec.Run(within, s, c, rep)
		if errors.Is(within.Err(), context.Canceled) {
			err = cutOff(ctx) // what went wrong then is nobody's fault
		}
		performed <- history
		return err
	})
	out.Until = time.Now()
	out.Causes = r.Conditions.During(begun, out.Until)
	if err != nil {
		// Each run has keys of its own, also where a case is run again and again.
		name := fmt.Sprint(NameOf(&c), begun.UnixNano())
		if !heedError(r.Conditions, name, err) {
			r.noteUnreachable(err)
		}
		out.Verdict = Unknown([]string{NameOf(&c) + r.Exec.Mask.Text(err.Error())})
		return out
	}
	out.History = r.Exec.Mask.History(<-performed)
	out.History.Doubt = r.doubt(out.Causes, out.Alone)
	if r.Save != nil {
		if err := r.Save(out.History); err != nil {
			r.Fail(fmt.Errorf("saving the history of case %d: %w", c.Index, err))
		}
	}
	out.Verdict = judge.Judge(out.History, r.Exec.Contract, r.Exec.Spec)
	return out
}

// Control makes the resources of a case, sends nothing for a while, and returns what changed
// meanwhile. What could not be done is no error: a case that runs says so.
func (r *Runner) Control(ctx context.Context, c model.Case, wait time.Duration) []model.Event {
	seen := make(chan []model.Event, 1)
	err := r.Place.Lend(func(s execute.Site) error {
		within, cancel := r.within(ctx)
		defer cancel()
		before, after, err := r.Exec.Control(within, s, c, wait)
		seen <- news(before, after)
		return err
	})
	if err != nil {
		return nil
	}
	return <-seen
}

// news are what a second look shows that the first one did not: states that changed, and every
// effect, since none was to come.
func news(before, after []model.Event) []model.Event {
	return slices.DeleteFunc(after, func(e model.Event) bool {
		return e.Kind != model.Listed && slices.ContainsFunc(before, func(b model.Event) bool {
			return b.Kind == e.Kind && b.Name == e.Name && value.Equal(b.Value, e.Value)
		})
	})
}

// within returns the context of one case, which ends a while after the run's context did.
func (r *Runner) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.Place.Virtual() {
		return context.WithTimeout(context.WithoutCancel(ctx), virtualCaseLimit)
	}
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), caseLimit)
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(r.Budget.grace(ctx, r.Recovery()), cancel)
	})
	return out, func() { stop(); cancel() }
}

// doubt says in a history why its times mean little; "" when they do.
func (r *Runner) doubt(causes []conditions.Cause, alone bool) string {
	if len(causes) == 0 && r.Conditions != nil && r.Crew.Crowded() && !alone {
		return besideOthers
	}
	return r.causeOf(causes)
}

// noteUnreachable stops the run when the target does not accept connections, or does what no case
// survives.
func (r *Runner) noteUnreachable(err error) {
	var status *observe.StatusError
	var failed *url.Error
	if unfit, ok := errors.AsType[*UnfitError](err); ok {
		r.Fail(unfit)
		return
	}
	if errors.Is(err, execute.ErrWorld) {
		r.Fail(err)
		return
	}
	if silent, ok := errors.AsType[*observe.SilenceError](err); ok && r.Place.Virtual() {
		r.Fail(fmt.Errorf("%w: %w", ErrUnreachable, silent)) // a handler that ends the connection
	}
	if errors.As(err, &failed) && !errors.As(err, &status) {
		r.Fail(fmt.Errorf("%w: %w", ErrUnreachable, failed))
	}
}
