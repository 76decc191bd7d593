package campaign

import (
	"context"

	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/harness/warmup"
)

// Replay runs all cases of a saved plan, with fresh keys and resources, and shrinks nothing. Found
// is a case that broke the plan's rule (or, when the plan names none, any rule), with how many of
// the cases did. Replays of a counterexample follow one another unless Parallel says otherwise:
// side by side they may disturb each other.
func Replay(ctx context.Context, o Options) (*RunResult, error) {
	o.Limits.KeepGoing = true
	o.Contract = warmup.Recalled(o.Contract, o.Plan)
	if o.Limits.Parallel == 0 && o.Plan.Rule != "" {
		o.Limits.Parallel = 1
	}
	return run(ctx, o, replayAll)
}

// replayAll runs the cases, merges their verdicts and counts those that broke the rule.
func replayAll(ctx context.Context, ready *prepared, out *RunResult) {
	ready.Options.Plan.Novelty = 0 // what is saved is run, and nothing is looked for
	within, cancel := ready.runner.Budget.InRun(ctx)
	defer cancel()
	s := newSweep(ready.runner, ready.Options, ready.begun)
	s.runOpen(within)
	s.measure(within)
	w := s.end()
	w.collect(out, ready.notes)
	out.Verdict.First = w.first(out.Verdict)
	out.Found = reproduced(w)
	out.Verdict.Counterexample = out.Found.Describe(ready.runner.Exec)
	out.Verdict = w.meter.Add(out.Verdict)
	out.Verdict = assess(out, w, ctx.Err() != nil)
}

// reproduced counts the cases that broke the plan's rule and returns the first; nil when none did.
func reproduced(w *swept) *shrink.Found {
	var out *shrink.Found
	reproduced, replays := 0, 0
	for i, o := range w.results {
		if o == nil {
			continue
		}
		replays++
		found := shrink.Broken(o.Verdict, w.plan.Rule)
		if found == nil && w.plan.Interference != nil {
			found = shrink.Alike(o.Verdict, w.plan.Rule) // who was in time decides which of them it is
		}
		if found == nil {
			continue
		}
		if out == nil && o.History != nil {
			out = &shrink.Found{Case: w.plan.Cases[i], History: o.History, Violation: *found}
		}
		reproduced++
	}
	if out != nil {
		out.Reproduced, out.Replays = reproduced, replays
		out.Interference, out.Neighbours = w.plan.Interference, w.plan.Neighbours
	}
	return out
}
