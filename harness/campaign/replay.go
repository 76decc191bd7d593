package campaign

import (
	"context"

	"github.com/idemcheck/idemcheck/model"
)

// Replay runs all cases of a saved plan, with fresh keys and resources, and shrinks nothing. Found
// is a case that broke the plan's rule (or, when the plan names none, any rule), with how many of
// the cases did. Replays of a counterexample follow one another unless Parallel says otherwise:
// side by side they may disturb each other.
func Replay(ctx context.Context, o Options) (*Result, error) {
	o.KeepGoing = true
	if o.Contract.Target.AutoTimeout && o.Plan.Contract.Target.AutoTimeout {
		o.Contract = withTimeout(o.Contract, o.Plan.Contract.Timeout()) // as it was measured
	}
	o.Contract = withNamesOf(&o.Plan.Contract, o.Contract)
	if o.Contract.Key.MaxLength == 0 {
		o.Contract = withKeyLength(o.Contract, o.Plan.Contract.Key.MaxLength)
	}
	if o.Parallel == 0 && o.Plan.Rule != "" {
		o.Parallel = 1
	}
	return run(ctx, o, (*runner).replayAll)
}

// replayAll runs the cases, merges their verdicts and counts those that broke the rule.
func (r *runner) replayAll(ctx context.Context, out *Result) {
	r.Plan.Novelty = 0 // what is saved is run, and nothing is looked for
	within, cancel := r.inBudget(ctx)
	defer cancel()
	s := r.sweep(within)
	s.collect(out)
	out.Verdict.First = s.first(out.Verdict)
	out.Found = s.reproduced()
	out.Verdict.Counterexample = describeFound(out.Found)
	out.Verdict = assess(out, r)
}

// reproduced counts the cases that broke the plan's rule and returns the first; nil when none did.
func (s *sweep) reproduced() *Found {
	var out *Found
	reproduced, replays := 0, 0
	for i, o := range s.results {
		if o == nil {
			continue
		}
		replays++
		found := broken(o.verdict, s.Plan.Rule)
		if found == nil && s.Plan.Interference != nil {
			found = alike(o.verdict, s.Plan.Rule) // who was in time decides which of them it is
		}
		if found == nil {
			continue
		}
		if out == nil && o.history != nil {
			out = &Found{Case: s.Plan.Cases[i], History: o.history, Violation: *found}
		}
		reproduced++
	}
	if out != nil {
		out.Reproduced, out.Replays = reproduced, replays
		out.Interference, out.Neighbours = s.Plan.Interference, s.Plan.Neighbours
	}
	return out
}

// broken returns the violation of a rule, or the first of any when none is named; nil when there is
// none.
func broken(v model.Verdict, rule string) *model.Violation {
	if rule != "" {
		return pinned(v, rule)
	}
	if v.Verdict != model.Invalid {
		return nil
	}
	return &v.Violations[0]
}
