package campaign

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
)

// Single runs single cases that somebody else chooses, and shrinks what one of them broke. It may
// be used from many goroutines.
type Single struct{ runner *runner }

// Probe is what came of one case.
type Probe struct {
	Verdict model.Verdict
	Case    model.Case
	// History is nil when the case could not be run.
	History *model.History
}

// Breaks returns the violation of a rule, or of the first rule that is broken when none is named;
// nil when there is none.
func (p Probe) Breaks(rule string) *model.Violation { return broken(p.Verdict, rule) }

// NewSingle warms up: it learns what the service is like. It returns reasons when no case could
// mean anything. Of the options, Budget counts from here on.
func NewSingle(ctx context.Context, o Options) (*Single, []string, error) {
	r, err := newRunner(o)
	if err != nil {
		return nil, nil, err
	}
	reasons, err := r.warmUp(ctx)
	return &Single{r}, reasons, err
}

// In returns a Single that knows what s learned and runs cases at other sites (see Options.Enter).
func (s *Single) In(enter func(body func(execute.Site) error) error) *Single {
	r := s.runner.quiet()
	r.Enter = enter
	return &Single{r}
}

// Try runs one case, and again while its faults miss. An error means that no case can be run.
func (s *Single) Try(ctx context.Context, c model.Case) (Probe, error) {
	o := s.runner.tryCase(ctx, c, 1, crowdedRuns)
	return Probe{o.verdict, o.plan, o.history}, s.runner.fatal()
}

// Smallest makes the smallest case of what a probe broke, within a time (see Options.ShrinkBudget).
func (s *Single) Smallest(ctx context.Context, p Probe, budget time.Duration) *Result {
	r := s.runner.quiet()
	r.ShrinkBudget = budget
	out := &Result{Plan: r.Plan, Verdict: p.Verdict}
	broke := &outcome{plan: p.Case, verdict: p.Verdict, history: p.History}
	out.Found = r.counterexample(ctx, []*outcome{broke})
	out.Verdict.Counterexample = describeFound(out.Found)
	return out
}
