package campaign

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

const (
	// defaultShrinkBudget bounds shrinking. A case that waits for keys to expire takes longer than
	// most: it gets the time of so many rounds, but not more than longShrinkBudget.
	defaultShrinkBudget, defaultShrinkRounds = 6 * time.Second, 10
	longShrinkBudget                         = 2 * time.Minute
	// trialsPerCandidate is how often a smaller case must break the pinned rule to be taken.
	trialsPerCandidate = 3
	// batch is how many candidates are tried side by side.
	batch = 8
	// replays is how often the smallest case is replayed at the end; enough is how many of them must
	// break the rule, or else a larger case that does is reported.
	replays, enough = 5, 4
)

// shrinker makes a case smaller while the pinned rule stays broken: operations, attempts and faults
// are shrunk together.
type shrinker struct {
	*runner
	rule     string
	deadline time.Time
	tried    int
	// steps are the cases that were taken, the first one largest; broke is how many of the first
	// replays of that one broke the rule.
	steps []step
	broke int
}

// step is a case that broke the pinned rule, with a history of it.
type step struct {
	plan    model.Case
	history *model.History
	found   model.Violation
}

// mostOrigins is how many invalid cases are tried at most, most of which may not reproduce, and
// originsPerRule how many of them that break one rule: what luck showed sixteen times hid what
// always shows. mostOperations and mostFaults are what a counterexample may hold so that no other
// is looked for.
const mostOrigins, originsPerRule, mostOperations, mostFaults = 16, 4, 3, 2

// origins lists the invalid cases to be tried, in the order of [moreTelling].
func origins(invalid []*outcome) []*outcome {
	var out []*outcome
	byRule := map[string]int{}
	for _, o := range invalid {
		rule := gravest(o.verdict).Rule
		if byRule[rule] < originsPerRule && len(out) < mostOrigins {
			out = append(out, o)
		}
		byRule[rule]++
	}
	return out
}

// counterexample makes the counterexample that stands for an invalid run, and saves its history.
func (r *runner) counterexample(ctx context.Context, invalid []*outcome) *Found {
	out := r.smallest(ctx, invalid, r.shrinkUntil(invalid[0].elapsed))
	if r.Save != nil {
		if err := r.Save(out.History); err != nil {
			r.fail(fmt.Errorf("saving the history of the counterexample: %w", err))
		}
	}
	return out
}

// smallest shrinks invalid cases, the gravest first and among those of one rule the surest, until
// one gives a small counterexample that reproduces; otherwise it returns the best there was.
func (r *runner) smallest(
	ctx context.Context, invalid []*outcome, deadline time.Time,
) *Found {
	h := &hunt{runner: r, begun: time.Now(), deadline: deadline}
	for _, group := range byRule(origins(invalid)) {
		for s := range h.surestFirst(ctx, group) {
			h.take(ctx, s)
			if h.best.small() || h.over(ctx) {
				return h.end(ctx, invalid)
			}
		}
	}
	return h.end(ctx, invalid)
}

// prove finds the counterexample of an invalid run. One that hangs on time and never came again
// proves nothing: then what is proven by other cases counts, and without any the run is unknown.
func (r *runner) prove(ctx context.Context, out *Result, invalid []*outcome) {
	found := r.counterexample(ctx, invalid)
	if r.conditions != nil && found.Violation.Timed && found.Reproduced == 0 {
		proven := slices.DeleteFunc(invalid, func(o *outcome) bool { return !withoutTimed(&o.verdict) })
		withoutTimed(&out.Verdict)
		if len(proven) == 0 {
			out.Verdict = judge.Merge(out.Verdict, r.unproven(found))
			return
		}
		found, invalid = r.counterexample(ctx, proven), proven
	}
	out.Found, out.Verdict.Counterexample = found, describeFound(found)
	for _, f := range r.further(ctx, found, invalid) {
		out.Further = append(out.Further, f)
		out.Verdict.Further = append(out.Verdict.Further, *describeFound(f))
	}
}

// withoutTimed takes the violations that hang on time out of a verdict, and reports whether it is
// still invalid.
func withoutTimed(v *model.Verdict) bool {
	v.Violations = slices.DeleteFunc(slices.Clone(v.Violations), func(found model.Violation) bool {
		return found.Timed
	})
	*v = judge.Merge(*v, model.NewVerdict())
	return v.Verdict == model.Invalid
}

// shrinkBudget bounds shrinking of a case that took so long.
func (r *runner) shrinkBudget(took time.Duration) time.Duration {
	if r.ShrinkBudget != 0 {
		return r.ShrinkBudget
	}
	return max(defaultShrinkBudget, min(longShrinkBudget, defaultShrinkRounds*took))
}

// small tells whether nobody would look for a smaller counterexample.
func (f *Found) small() bool {
	return smallPlan(&f.Case) && f.Reproduced >= enough
}

func smallPlan(c *model.Case) bool {
	return len(c.Operations) <= mostOperations && len(c.Faults) <= mostFaults
}

// simple tells whether a counterexample is small, needs no fault and reproduced every time.
func (f *Found) simple() bool {
	return f.small() && len(f.Case.Faults) == 0 && f.Reproduced == f.Replays
}

// rival returns the most telling case without faults that may give a better counterexample than one
// that the order of rules alone preferred; nil when there is none. Where it did not reproduce every
// time, that may be any case of a rule as grave; where it needs a fault, only one of a rule about
// answers: what one mistake does to answers depends on who is in time, and so does which rule it
// breaks. What happened twice stays more telling than what is answered.
func (r *runner) rival(invalid []*outcome, f *Found) *outcome {
	gravity, sure := judge.Gravity(f.Violation.Rule), f.Reproduced == f.Replays
	if r.Plan.Rule != "" || f.simple() || sure && (gravity == 0 || len(f.Case.Faults) == 0) {
		return nil
	}
	i := slices.IndexFunc(invalid, func(o *outcome) bool {
		return len(o.plan.Faults) == 0 && o.plan.Index != f.Case.Index &&
			judge.Gravity(gravest(o.verdict).Rule) <= gravity
	})
	if i < 0 {
		return nil
	}
	return invalid[i]
}

// price orders counterexamples: one that does not reproduce is worse than any that does.
func (f *Found) price() int {
	price := len(f.Case.Operations) + len(f.Case.Faults)
	if f.Reproduced < enough {
		price += 1000 * (enough - f.Reproduced)
	}
	return price
}

// begin pins the rule that the plan names, or else the gravest that the case broke, and replays the
// case. What was seen once stands even when it is never seen again.
func (s *shrinker) begin(ctx context.Context, o *outcome) {
	first := gravest(o.verdict)
	if named := pinned(o.verdict, s.Plan.Rule); named != nil {
		first = *named
	}
	s.rule = first.Rule
	s.steps = []step{{o.plan, o.history, first}}
	for _, again := range s.repeat(ctx, o.plan, replays) {
		if v := pinned(again.verdict, s.rule); v != nil {
			s.steps[0].history, s.steps[0].found = again.history, *v
			s.broke++
		}
	}
	if s.checkUp(ctx); s.cutOff(ctx) {
		s.broke = 0 // replays that were cut off say nothing
	}
}

// cutOff reports whether nothing more is to be run: the run ended, or the service is down as a
// whole, so that what is seen says nothing.
func (s *shrinker) cutOff(ctx context.Context) bool {
	return ctx.Err() != nil || s.conditions.IsDown()
}

// shrink makes the case smaller.
func (s *shrinker) shrink(ctx context.Context) *Found {
	for s.broke > 0 && s.better(ctx) {
	}
	out := s.best(ctx)
	if s.tried > 0 {
		out.Shrinking = &model.Shrinking{Rounds: len(s.steps) - 1, From: sizeOf(&s.steps[0].plan)}
	}
	return out
}

// sizeOf counts what is in a case.
func sizeOf(c *model.Case) model.Size {
	return model.Size{
		Operations: len(c.Operations), Attempts: c.Attempts(), Faults: len(c.Faults),
	}
}

// repeat runs a case several times side by side, every time with the same faults: none of them is a
// second try after a misfire. Beside each of them run some other cases.
func (s *shrinker) repeat(
	ctx context.Context, c model.Case, times int, beside ...model.Case,
) []outcome {
	if s.cutOff(ctx) {
		return nil
	}
	outcomes := make([]outcome, times)
	var wg sync.WaitGroup
	for i := range outcomes {
		wg.Go(func() {
			b := s.crew.enter()
			if s.cutOff(ctx) { // it waited for too long
				s.crew.leave(b)
				return
			}
			o := s.runBeside(ctx, c, beside, execute.Repetition{Number: 1, Try: 1})
			s.crew.done(b, o.finish())
			s.weigh(&o, true) // replays of one case may run side by side when that hinders nobody
			if ctx.Err() == nil && !s.stands(ctx, &o) {
				o.withdraw()
			}
			outcomes[i] = o
		})
	}
	wg.Wait()
	return outcomes
}

// breaks returns a step when every one of several runs of a case broke the pinned rule.
func (s *shrinker) breaks(ctx context.Context, c model.Case) *step {
	var out *step
	for _, o := range s.repeat(ctx, c, trialsPerCandidate) {
		found := pinned(o.verdict, s.rule)
		if found == nil {
			return nil
		}
		out = &step{c, o.history, *found}
	}
	return out
}

// pinned returns the violation of a rule, or nil.
func pinned(v model.Verdict, rule string) *model.Violation {
	for i := range v.Violations {
		if v.Violations[i].Rule == rule && v.Violations[i].Level == model.LevelViolation {
			return &v.Violations[i]
		}
	}
	return nil
}

// better tries candidates, the boldest first, a batch at a time, and takes the boldest that still
// breaks the rule. It returns false when none does or the time is over.
func (s *shrinker) better(ctx context.Context) bool {
	now := s.steps[len(s.steps)-1]
	candidates := plan.Simpler(now.plan, now.found.Operations, s.exec.Contract)
	for len(candidates) > 0 {
		n := min(batch, len(candidates))
		if time.Now().After(s.deadline) || s.cutOff(ctx) {
			return false
		}
		if taken := s.first(ctx, candidates[:n]); taken != nil {
			s.steps = append(s.steps, *taken)
			return true
		}
		candidates = candidates[n:]
	}
	return false
}

// first tries candidates side by side and returns the first that breaks the rule.
func (s *shrinker) first(ctx context.Context, candidates []model.Case) *step {
	taken := make([]*step, len(candidates))
	var wg sync.WaitGroup
	for i, c := range candidates {
		wg.Go(func() { taken[i] = s.breaks(ctx, c) })
	}
	wg.Wait()
	if s.checkUp(ctx); s.cutOff(ctx) {
		return nil
	}
	s.tried += len(candidates)
	if s.Progress != nil {
		s.Progress(Progress{Phase: "shrink", Done: s.tried, Result: model.Invalid})
	}
	for _, t := range taken {
		if t != nil {
			return t
		}
	}
	return nil
}

// best replays the smallest case. While it does not break the rule every time, the one before it is
// tried, and so on: any that breaks it often enough is better than one that does not, and among
// small ones the surest. If none does, the one that did most often is returned. Nothing is replayed
// once the run ended: then the smallest is returned (see [shrinker.unreplayed]).
func (s *shrinker) best(ctx context.Context) *Found {
	out := &Found{Replays: replays, Reproduced: -1}
	for i := len(s.steps) - 1; i >= 0; i-- {
		now := s.steps[i]
		if s.cutOff(ctx) || out.Reproduced >= enough && !smallPlan(&now.plan) {
			break
		}
		n := s.count(s.repeat(ctx, now.plan, replays))
		if s.checkUp(ctx); s.cutOff(ctx) {
			break // replays that were cut off say nothing
		}
		if n > out.Reproduced {
			out.Case, out.History, out.Violation = now.plan, now.history, now.found
			out.Reproduced = n
		}
		if n == replays {
			break
		}
	}
	if out.Reproduced < 0 {
		return s.unreplayed()
	}
	s.alone(ctx, out)
	return out
}

// count tells how many outcomes break the pinned rule.
func (s *shrinker) count(outcomes []outcome) int {
	n := 0
	for _, o := range outcomes {
		if pinned(o.verdict, s.rule) != nil {
			n++
		}
	}
	return n
}

// alone replays one after another what did not come up in every replay, for side by side they may
// have disturbed each other. The better of the two counts, because that is how it can be replayed.
func (s *shrinker) alone(ctx context.Context, f *Found) {
	n := 0
	for i := range replays {
		hopeless := n+replays-i <= f.Reproduced
		if hopeless || s.cutOff(ctx) || i > 0 && time.Now().After(s.deadline) {
			return
		}
		n += s.count(s.repeat(ctx, f.Case, 1))
		s.checkUp(ctx)
		f.Reproduced = max(f.Reproduced, n)
	}
}
