package campaign

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Single runs single cases that somebody else chooses, and shrinks what one of them broke. It may
// be used from many goroutines.
type Single struct {
	runner *trial.Runner
	plan   *model.Plan
	// following: its cases follow one another.
	following bool
}

// Probe is what came of one case.
type Probe struct {
	Verdict verdict.Verdict
	Case    model.Case
	// History is nil when the case could not be run.
	History *model.History
}

// Breaks returns the violation of a rule, or of the first rule that is broken when none is named;
// nil when there is none.
func (p Probe) Breaks(rule string) *verdict.Violation { return shrink.Broken(p.Verdict, rule) }

// NewSingle warms up: it learns what the service is like. It returns reasons when no case could
// mean anything. Of the limits, Budget counts from here on.
func NewSingle(ctx context.Context, o Options) (*Single, []string, error) {
	p, err := prepare(o)
	if err != nil {
		return nil, nil, err
	}
	warm, err := p.warmUp(ctx)
	return &Single{p.runner, p.Options.Plan, p.Options.Limits.Parallel == 1}, warm.Reasons, err
}

// In returns a Single that knows what s learned and runs cases at another place.
func (s *Single) In(place execute.Place) *Single {
	out := *s
	out.runner = s.runner.At(place)
	return &out
}

// Once returns a Single that knows what s learned, and whose cases end without a repeat of what was
// done: what is read then is what the planned attempts have left.
func (s *Single) Once() *Single {
	out, runner, exec := *s, *s.runner, *s.runner.Exec
	exec.Once = true
	runner.Exec = &exec
	out.runner = &runner
	return &out
}

// Try runs one case, and again while its faults miss. An error means that no case can be run.
func (s *Single) Try(ctx context.Context, c model.Case) (Probe, error) {
	o := s.runner.Try(ctx, c, trial.Runs{First: 1, Last: crowdedRuns}, s.plan.Neighbours...)
	return Probe{o.Verdict, o.Case, o.History}, s.runner.Fatal()
}

// Smallest makes the smallest case of what a probe broke, within a time (see Limits.ShrinkBudget).
func (s *Single) Smallest(ctx context.Context, p Probe, budget time.Duration) *RunResult {
	t := &shrink.Task{
		Runner: s.runner.Detached(), Rule: s.plan.Rule, Budget: budget, Single: s.following,
		Tried: func(int) {},
	}
	out := &RunResult{Plan: s.plan, Verdict: p.Verdict}
	broke := &trial.Trial{Case: p.Case, Verdict: p.Verdict, History: p.History}
	out.Found = t.Counterexample(ctx, []*trial.Trial{broke})
	out.Verdict.Counterexample = out.Found.Describe(s.runner.Exec)
	return out
}
