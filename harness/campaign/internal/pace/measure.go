package pace

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Bench is where cases are run again.
type Bench struct {
	Runner *trial.Runner
	// Results are what the cases came to so far, by their numbers.
	Results []*trial.Trial
	// Judge weighs what came of a case, and Replace files it: what broke a rule counts here too.
	Judge   func(ctx context.Context, o *trial.Trial, alone bool)
	Replace func(index int, o *trial.Trial)
	// Over reports whether nothing is to be measured any more; time and budget apart.
	Over func() bool
}

const (
	// limit bounds the time in which cases are run again, and share is which part of a budget is left
	// for that, as one of so many.
	limit, share = time.Minute, 4
	// maxAgain is how often a case is run again for a threshold at most.
	maxAgain = 10
)

// again runs cases again for a meter.
type again struct {
	meter *Meter
	bench Bench
	// times counts how often a case was run again.
	times map[int]int
	over  func() bool
}

// all runs all cases that gave answers for a threshold for the nth time, unless that was done for
// another one.
func (a *again) all(ctx context.Context, l *line, n int) {
	for _, i := range l.cases.spread() {
		if a.over() || l.done() {
			return
		}
		if a.times[i] >= n {
			continue
		}
		s := a.once(ctx, i)
		for _, other := range a.meter.lines {
			other.alone.add(s.answers[other.name])
		}
	}
}

// once runs a case again, and returns what it showed, if that says anything.
func (a *again) once(ctx context.Context, index int) seen {
	r, before := a.bench.Runner, a.bench.Results[index]
	a.times[index]++
	berth := r.Crew.Enter()
	ended := conditions.Timing(r.Conditions)
	o := r.Run(ctx, before.Case, execute.Repetition{
		Number: before.Runs + a.times[index], Try: before.Runs,
	})
	calm, history := ended(), o.History
	a.bench.Judge(ctx, &o, r.Crew.Done(berth, o.Finish()))
	if o.Verdict.Verdict == verdict.Invalid {
		o.Elapsed, o.Signature = before.Elapsed, before.Signature
		a.bench.Replace(index, &o)
	}
	if calm.Why != "" {
		a.meter.why = calm.Why
	}
	if history == nil || calm.Void {
		return seen{}
	}
	return look(history, &o.Case, a.meter.contract, calm)
}
