package campaign

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

const (
	defaultParallel = 96
	// caseLimit bounds a whole case.
	caseLimit = 2 * time.Minute
	// mostRuns is how often a case is run until all of its faults fire: crowdedRuns times among many
	// others, and then among a few, because a busy target is what makes faults miss.
	mostRuns, crowdedRuns, quietParallel = 6, 2, 6
)

// ErrUnreachable means that the target does not accept connections.
var ErrUnreachable = errors.New("the target cannot be reached")

// runner runs cases against one target.
type runner struct {
	Options
	exec *execute.Executor
	// crew says how many cases run side by side: Parallel at most, also while warming up and
	// shrinking.
	crew *crew
	// conditions watch what hinders a run; nil in virtual time, where nothing does.
	conditions *conditions.Conditions
	// begun is when the run began, and deadline when its budget is spent; zero when there is none.
	begun, deadline time.Time
	// worked are cases of the warm-up with which the service works, one of every type.
	worked []model.Case
	// notes say what of the plan could not be done as it was meant.
	notes []string

	mu sync.Mutex
	// failed is the first error that means the run cannot go on, protected by mu.
	failed error
}

// newRunner checks options and compiles the contract.
func newRunner(o Options) (*runner, error) {
	e, err := execute.New(o.Contract, o.Secrets, o.Enter != nil)
	if err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	plan := *o.Plan // it may grow, and the caller's stays as it is
	plan.Cases = slices.Clip(plan.Cases)
	o.Plan = &plan
	r := &runner{
		Options: o, exec: e, conditions: e.Conditions, crew: newCrew(o.Parallel), begun: time.Now(),
	}
	e.Seed, e.Proves = plan.Seed, r.proves
	if o.Budget > 0 {
		r.deadline = time.Now().Add(o.Budget)
	}
	return r, nil
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
		if err := r.exec.Spec.Err(); err != nil {
			return fmt.Errorf("judging by the contract: %w", err)
		}
	}
	return r.failed
}

// UnfitError is what a service did that no case can survive, and where: it ends the run.
type UnfitError struct{ Message string }

// Error returns the whole message.
func (e *UnfitError) Error() string { return e.Message }

// outcome is what came of running one case.
type outcome struct {
	plan    model.Case
	history *model.History
	verdict model.Verdict
	// until is when the last run ended, and causes are what hindered the last run.
	until  time.Time
	causes []conditions.Cause
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
		out = r.runBeside(ctx, c, r.Plan.Neighbours, execute.Repetition{Number: run, Try: run})
		if out.verdict.Verdict != model.Unknown || r.ended(ctx) {
			break
		}
	}
	out.elapsed, out.signature = time.Since(begun), signature(out.history)
	return out
}

// ended reports whether nothing should be begun any more.
func (r *runner) ended(ctx context.Context) bool {
	return ctx.Err() != nil || r.fatal() != nil || r.conditions.Stopped() != ""
}

// runCase runs a case once, at a site of its own, and judges it. What could not be done makes it
// unknown.
func (r *runner) runCase(ctx context.Context, c model.Case, rep execute.Repetition) outcome {
	begun := time.Now()
	out := outcome{plan: c, runs: rep.Number}
	// What stands still in virtual time is given up, and may go on later: it must not touch out.
	performed := make(chan *model.History, 1)
	err := r.at(func(s execute.Site) error {
		within, cancel := r.within(ctx)
		defer cancel()
		history, err := r.exec.Run(within, s, c, rep)
		if errors.Is(within.Err(), context.Canceled) {
			err = cutOff(ctx) // what went wrong then is nobody's fault
		}
		performed <- history
		return err
	})
	out.until = time.Now()
	out.causes = r.conditions.During(begun, out.until)
	if err != nil {
		if !heedError(r.conditions, nameOf(&c), err) {
			r.noteUnreachable(err)
		}
		out.verdict = unknown([]string{nameOf(&c) + r.exec.Mask.Text(err.Error())})
		return out
	}
	out.history = r.exec.Mask.History(<-performed)
	out.history.Doubt = r.doubt(out.causes)
	if r.Save != nil {
		if err := r.Save(out.history); err != nil {
			r.fail(fmt.Errorf("saving the history of case %d: %w", c.Index, err))
		}
	}
	out.verdict = judge.Judge(out.history, r.exec.Contract, r.exec.Spec)
	return out
}

// nameOf is what every reason of a case begins with.
func nameOf(c *model.Case) string { return fmt.Sprintf("case %d (%s): ", c.Index, c.Scenario) }

// at calls a function where a case can be run.
func (r *runner) at(body func(execute.Site) error) error {
	if r.Enter != nil {
		return r.Enter(body)
	}
	return body(execute.Site{World: r.World, HTTP: r.HTTP})
}

// noteUnreachable stops the run when the target does not accept connections, or does what no case
// survives.
func (r *runner) noteUnreachable(err error) {
	var status *observe.StatusError
	var failed *url.Error
	if unfit, ok := errors.AsType[*UnfitError](err); ok {
		r.fail(unfit)
		return
	}
	if errors.Is(err, execute.ErrWorld) {
		r.fail(err)
		return
	}
	if silent, ok := errors.AsType[*observe.SilenceError](err); ok && r.Enter != nil {
		r.fail(fmt.Errorf("%w: %w", ErrUnreachable, silent)) // a handler that ends the connection
	}
	if errors.As(err, &failed) && !errors.As(err, &status) {
		r.fail(fmt.Errorf("%w: %w", ErrUnreachable, failed))
	}
}
