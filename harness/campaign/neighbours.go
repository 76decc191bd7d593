package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// A service that keeps several keys in one place may lose the record of one when it writes another:
// what is then executed again was acknowledged under a key that works well alone. Such a violation
// needs neighbours, which are operations with other keys in its case, or cases beside it. Whether
// it does is tried by replays without them and with them, in turns, so that the time of the day
// explains nothing.

const (
	// addedNeighbours is how many operations with other keys join each operation of a case, and
	// mostNeighbours how many cases run beside it at most.
	addedNeighbours, mostNeighbours = 3, 16
	// mostRounds is how often a case is replayed alone, and with neighbours, at most.
	mostRounds = 2 * replays
	// neighbourShare is for how much longer than for shrinking neighbours may be tried, as one part
	// of so many.
	neighbourShare = 2
)

// comparison is a case with neighbours, and what is left without them. cases are those beside it;
// within tells that operations of the counterexample as it was found are left out.
type comparison struct {
	alone, whole model.Case
	cases        []model.Case
	within       bool
}

// neighbours notes with which neighbours alone the best counterexample breaks its rule, if it is
// so.
func (h *hunt) neighbours(ctx context.Context, invalid []*outcome) {
	f := h.best
	s := &shrinker{runner: h.quiet(), rule: f.Violation.Rule}
	s.deadline = time.Now().Add(h.deadline.Sub(h.begun) / neighbourShare)
	if last := h.shrinkUntil(0); last.Before(s.deadline) {
		s.deadline = last // the run has a bound of its own
	}
	if h.deadline.After(s.deadline) {
		s.deadline = h.deadline
	}
	for _, c := range h.comparisons(f, invalid) {
		if broke, rounds := s.compare(ctx, c); broke != nil {
			f.need(c, broke, rounds)
			return
		}
	}
}

// need makes a counterexample one with the neighbours of a comparison, with which some replays
// broke its rule or one that says the same. It then stands for the rule that most of them broke:
// which one that is hangs on who was in time.
func (f *Found) need(c comparison, broke []step, rounds int) {
	count := map[string]int{}
	for _, b := range broke {
		count[b.found.Rule]++
	}
	best := slices.MaxFunc(broke, func(a, b step) int {
		return cmp.Compare(count[a.found.Rule], count[b.found.Rule])
	})
	f.Case, f.History, f.Violation, f.Neighbours = best.plan, best.history, best.found, c.cases
	f.Reproduced, f.Replays = len(broke), rounds // that is how it can be replayed
	f.Interference = &model.Interference{
		Cases: len(c.cases), Reproduced: len(broke), Replays: rounds,
		Lost: executesAgain(best.found.Rule) && f.manner() != raced,
	}
	if len(c.cases) == 0 {
		_, f.Interference.Operations = f.own()
	}
}

// comparisons lists what may show that a counterexample needs neighbours, the cheapest first. In
// virtual time each case has a service of its own, so no case is beside another. A violation that
// hangs on time says nothing about keys.
func (r *runner) comparisons(f *Found, invalid []*outcome) []comparison {
	var out []comparison
	if f.Replays == 0 || f.Violation.Timed {
		return nil
	}
	own, others := f.own()
	if len(others) > 0 && executesAgain(f.Violation.Rule) {
		out = append(out, comparison{alone: waiting(f, own.Clone()), whole: f.Case, within: true})
	}
	if r.Enter != nil || r.Parallel == 1 {
		return out
	}
	own = plan.Normalize(own, r.exec.Contract)
	if c, ok := plan.Crowd(own, addedNeighbours, r.exec.Contract); ok {
		out = append(out, comparison{alone: own, whole: c})
	}
	for _, o := range invalid {
		if o.plan.Index == f.Case.Index && len(o.beside) > 0 {
			out = append(out, comparison{alone: f.Case, whole: f.Case, cases: o.beside})
		}
	}
	return out
}

// own is the case with those operations only that carry a key of the violation's; others are the
// rest.
func (f *Found) own() (own model.Case, others []string) {
	keys := map[string]bool{}
	for _, op := range f.Case.Operations {
		if slices.Contains(f.Violation.Operations, op.ID) {
			keys[op.Key.Name] = true
		}
	}
	var kept []string
	for _, op := range f.Case.Operations {
		if keys[op.Key.Name] {
			kept = append(kept, op.ID)
		} else {
			others = append(others, op.ID)
		}
	}
	return plan.KeepOperations(f.Case, kept), others
}

// waiting lets the operations of a case begin when they began in the history of a counterexample,
// in which others came before them: only these are to be missing, and not the time that they took.
func waiting(f *Found, c model.Case) model.Case {
	begun, ended := map[string]time.Duration{}, map[string]time.Duration{}
	for _, e := range f.History.Events {
		if e.Kind == model.Invoke && e.Attempt == 1 {
			begun[e.Operation] = e.At
		}
		if e.Kind == model.Return && !e.Final {
			ended[e.Operation] = e.At
		}
	}
	free := map[int]time.Duration{} // when a client is, by its number
	for i := range c.Operations {
		op := &c.Operations[i]
		op.After = max(op.After, model.Duration(begun[op.ID]-free[op.Client]))
		free[op.Client] = ended[op.ID]
	}
	return c
}

// compare replays a case without its neighbours and with them, in turns, until it broke the rule
// often enough, and returns these replays and how many rounds there were. Neighbours are needed if
// nothing went wrong in all of the rounds without them, and with them it did in half of the rounds
// at least; otherwise it returns nothing. A round that could not be judged does not count.
func (s *shrinker) compare(ctx context.Context, c comparison) (broke []step, rounds int) {
	alone := plan.Normalize(c.alone, s.exec.Contract)
	for range mostRounds {
		if time.Now().After(s.deadline) || rounds-len(broke) > c.misses(s.runner) {
			return nil, 0
		}
		outcomes := s.repeat(ctx, alone, 1)
		if len(outcomes) == 0 {
			return nil, 0 // the run was interrupted
		}
		o := &outcomes[0]
		if o.verdict.Verdict == model.Unknown {
			continue
		}
		if !s.wellAlone(o, c) {
			return nil, 0
		}
		rounds++
		for _, o := range s.repeat(ctx, c.whole, 1, c.cases...) {
			if found := alike(o.verdict, s.rule); found != nil {
				broke = append(broke, step{c.whole, o.history, *found})
			}
		}
		if len(broke) == replays && ctx.Err() == nil {
			return broke, rounds
		}
	}
	return nil, 0
}

// misses is how many rounds with neighbours may show nothing. Where more neighbours can be tried,
// few that seldom do harm are not worth the time.
func (c *comparison) misses(r *runner) int {
	if c.within && r.Enter == nil {
		return replays - enough
	}
	return mostRounds - replays
}

// alike returns the violation of a rule, or of one that says that an operation is executed again
// where this one says so, too; nil when there is none.
func alike(v model.Verdict, rule string) *model.Violation {
	if found := pinned(v, rule); found != nil || !executesAgain(rule) {
		return found
	}
	for _, other := range v.Violations {
		if executesAgain(other.Rule) {
			return pinned(v, other.Rule)
		}
	}
	return nil
}

// wellAlone reports whether a case without its neighbours was right, and did what it did with them:
// where operations of its own are missing, those that are left must have been acknowledged all the
// same. What needs another operation first, such as the money for it, needs it for that.
func (s *shrinker) wellAlone(o *outcome, c comparison) bool {
	if o.verdict.Verdict != model.Valid {
		return false
	}
	types, done := map[string]string{}, map[string]bool{}
	for _, op := range o.plan.Operations {
		types[op.ID] = op.Type
	}
	for _, e := range o.history.Events {
		if e.Kind == model.Return && s.exec.Contract.Classify(types[e.Operation], e.Answer) == model.OK {
			done[e.Operation] = true
		}
	}
	return !c.within || len(done) == len(types)
}

// runBeside runs a case once, with other cases beside it. What comes of these is of no interest.
func (r *runner) runBeside(
	ctx context.Context, c model.Case, cases []model.Case, rep execute.Repetition,
) outcome {
	quiet := r.quiet()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, other := range cases {
		wg.Go(func() { quiet.runCase(ctx, other, execute.Repetition{Number: 1, Try: 1}) })
	}
	return r.runCase(ctx, c, rep)
}

// beside lists the cases that ran at the same time as one, those that began with it first.
func (s *sweep) beside(o *outcome) []model.Case {
	begun := func(o *outcome) time.Time { return o.until.Add(-o.elapsed) }
	var out []*outcome
	for _, other := range s.results {
		if other != nil && other != o && begun(other).Before(o.until) && begun(o).Before(other.until) {
			out = append(out, other)
		}
	}
	slices.SortStableFunc(out, func(a, b *outcome) int {
		apart := func(x *outcome) time.Duration { return begun(x).Sub(begun(o)).Abs() }
		return int(apart(a) - apart(b))
	})
	var cases []model.Case
	for _, other := range out[:min(mostNeighbours, len(out))] {
		cases = append(cases, other.plan)
	}
	return cases
}
