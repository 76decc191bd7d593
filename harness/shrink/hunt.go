package shrink

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
)

// hunt looks for one counterexample in several invalid cases.
type hunt struct {
	task            *Task
	begun, deadline time.Time
	// tried counts the smaller cases that were tried, and best is the best counterexample so far.
	tried int
	best  *Found
}

// maxOrigins is how many invalid cases are tried at most, most of which may not reproduce, and
// originsPerRule how many of them that break one rule: what luck showed sixteen times hid what
// always shows. maxOperations and maxFaults are what a counterexample may hold so that no other
// is looked for.
const maxOrigins, originsPerRule, maxOperations, maxFaults = 16, 4, 3, 2

// origins lists the invalid cases to be tried, in the order of [ByPriority].
func origins(invalid []*trial.Trial) []*trial.Trial {
	var out []*trial.Trial
	byRule := map[string]int{}
	for _, o := range invalid {
		rule := gravest(o.Verdict).Rule
		if byRule[rule] < originsPerRule && len(out) < maxOrigins {
			out = append(out, o)
		}
		byRule[rule]++
	}
	return out
}

// smallest shrinks invalid cases, the gravest first and among those of one rule the surest, until
// one gives a small counterexample that reproduces; otherwise it returns the best there was.
func (t *Task) smallest(ctx context.Context, invalid []*trial.Trial, deadline time.Time) *Found {
	h := &hunt{task: t, begun: time.Now(), deadline: deadline}
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

// over reports whether nothing more is to be tried.
func (h *hunt) over(ctx context.Context) bool {
	return time.Now().After(h.deadline) || ctx.Err() != nil || h.task.Runner.Conditions.IsDown()
}

// shrinker makes what shrinks a case; its replays are already done.
func (h *hunt) shrinker(ctx context.Context, o *trial.Trial) *shrinker {
	s := h.replayer(h.deadline)
	s.begin(ctx, o, h.task.Rule)
	return s
}

// replayer is what shrinks a case, before anything is known of one.
func (h *hunt) replayer(deadline time.Time) *shrinker {
	return &shrinker{runner: h.task.Runner.Detached(), deadline: deadline, tell: h.task.Tried}
}

// surestFirst replays cases that broke one rule until one of them broke it in every replay, and
// gives these, the surest first, and then the others: shrinking one that seldom breaks it takes
// long and comes to nothing.
func (h *hunt) surestFirst(ctx context.Context, group []*trial.Trial) iter.Seq[*shrinker] {
	return func(yield func(*shrinker) bool) {
		var begun []*shrinker
		for len(begun) < len(group) {
			s := h.shrinker(ctx, group[len(begun)])
			begun = append(begun, s)
			if s.broke == replays || h.over(ctx) {
				break
			}
		}
		others := group[len(begun):]
		slices.SortStableFunc(begun, func(a, b *shrinker) int { return cmp.Compare(b.broke, a.broke) })
		for _, s := range begun {
			if !yield(s) {
				return
			}
		}
		for _, o := range others {
			if !yield(h.shrinker(ctx, o)) {
				return
			}
		}
	}
}

// take shrinks a case and keeps what comes of it when it is the best so far.
func (h *hunt) take(ctx context.Context, s *shrinker) {
	found := s.shrink(ctx)
	h.tried += s.tried
	if h.best == nil || found.cost() < h.best.cost() {
		h.best = found
	}
}

// end tries the alternative to the best counterexample, and returns the better of the two, with
// what it needs beside it.
func (h *hunt) end(ctx context.Context, invalid []*trial.Trial) *Found {
	h.tryAlternative(ctx, invalid)
	h.withNeighbours(ctx, invalid)
	if h.best.Shrinking != nil {
		h.best.Shrinking.Tried = h.tried
		h.best.Shrinking.Elapsed = value.Duration(time.Since(h.begun).Truncate(time.Microsecond))
	}
	return h.best
}

// tryAlternative takes a case that needs less to fail, when it comes again.
func (h *hunt) tryAlternative(ctx context.Context, invalid []*trial.Trial) {
	down := h.task.Runner.Conditions.IsDown()
	if o := alternative(invalid, h.best, h.task.Rule); o != nil && ctx.Err() == nil && !down {
		s := h.shrinker(ctx, o)
		if found := s.shrink(ctx); found.simple() {
			h.best = found
		}
		h.tried += s.tried
	}
}

// withNeighbours notes with which neighbours alone the best counterexample breaks its rule, if it
// is so.
func (h *hunt) withNeighbours(ctx context.Context, invalid []*trial.Trial) {
	f, s := h.best, h.replayer(h.neighboursUntil())
	s.rule = f.Violation.Rule
	for _, c := range comparisons(f, invalid, h.task) {
		if broke, rounds := s.compare(ctx, c); broke != nil {
			f.need(c, broke, rounds)
			return
		}
	}
}

// neighboursUntil is when looking for neighbours ends: after a share of what shrinking may take, or
// with the run, whose bound is its own; but not before shrinking does.
func (h *hunt) neighboursUntil() time.Time {
	out := time.Now().Add(h.deadline.Sub(h.begun) / neighbourShare)
	if last := h.task.until(0); last.Before(out) {
		out = last
	}
	if h.deadline.After(out) {
		return h.deadline
	}
	return out
}

// byRule cuts a list of outcomes, those of one rule together, into one list for each rule.
func byRule(list []*trial.Trial) [][]*trial.Trial {
	var out [][]*trial.Trial
	for i, o := range list {
		if i == 0 || gravest(o.Verdict).Rule != gravest(list[i-1].Verdict).Rule {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// alternative returns the case of highest priority without faults that may give a better
// counterexample than one that the order of rules alone preferred; nil when there is none. Where it
// did not reproduce every time, that may be any case of a rule as grave; where it needs a fault,
// only one of a rule about answers: what one mistake does to answers depends on who is in time, and
// so does which rule it breaks. What happened twice stays before what is answered.
func alternative(invalid []*trial.Trial, f *Found, named string) *trial.Trial {
	gravity, sure := judge.RuleOf(f.Violation.Rule).Gravity(), f.Reproduced == f.Replays
	if named != "" || f.simple() || sure && (gravity == 0 || len(f.Case.Faults) == 0) {
		return nil
	}
	i := slices.IndexFunc(invalid, func(o *trial.Trial) bool {
		return len(o.Case.Faults) == 0 && o.Case.Index != f.Case.Index &&
			judge.RuleOf(gravest(o.Verdict).Rule).Gravity() <= gravity
	})
	if i < 0 {
		return nil
	}
	return invalid[i]
}
