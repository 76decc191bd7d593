package campaign

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// hunt looks for one counterexample in several invalid cases.
type hunt struct {
	*runner
	begun, deadline time.Time
	// tried counts the smaller cases that were tried, and best is the best counterexample so far.
	tried int
	best  *Found
}

// over tells whether nothing more is to be tried.
func (h *hunt) over(ctx context.Context) bool {
	return time.Now().After(h.deadline) || ctx.Err() != nil || h.conditions.IsDown()
}

// shrinker makes what shrinks a case; its replays are already done.
func (h *hunt) shrinker(ctx context.Context, o *outcome) *shrinker {
	s := &shrinker{runner: h.quiet(), deadline: h.deadline}
	s.Progress = h.Progress
	s.begin(ctx, o)
	return s
}

// surestFirst replays cases that broke one rule until one of them broke it in every replay, and
// gives these, the surest first, and then the others: shrinking one that seldom breaks it takes
// long and comes to nothing.
func (h *hunt) surestFirst(ctx context.Context, group []*outcome) iter.Seq[*shrinker] {
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
	if h.best == nil || found.price() < h.best.price() {
		h.best = found
	}
}

// end tries the rival of the best counterexample, and returns the better of the two, with what it
// needs beside it.
func (h *hunt) end(ctx context.Context, invalid []*outcome) *Found {
	if o := h.rival(invalid, h.best); o != nil && ctx.Err() == nil && !h.conditions.IsDown() {
		s := h.shrinker(ctx, o)
		if found := s.shrink(ctx); found.simple() {
			h.best = found
		}
		h.tried += s.tried
	}
	h.neighbours(ctx, invalid)
	if h.best.Shrinking != nil {
		h.best.Shrinking.Tried = h.tried
		h.best.Shrinking.Elapsed = model.Duration(time.Since(h.begun).Truncate(time.Microsecond))
	}
	return h.best
}

// byRule cuts a list of outcomes, those of one rule together, into one list for each rule.
func byRule(list []*outcome) [][]*outcome {
	var out [][]*outcome
	for i, o := range list {
		if i == 0 || gravest(o.verdict).Rule != gravest(list[i-1].verdict).Rule {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// gravest returns the gravest of a verdict's violations, the most telling one among equals.
func gravest(v model.Verdict) model.Violation {
	return slices.MinFunc(v.Violations, func(a, b model.Violation) int {
		return cmp.Or(
			cmp.Compare(levelOf(a), levelOf(b)),
			cmp.Compare(judge.Gravity(a.Rule), judge.Gravity(b.Rule)),
		)
	})
}

// levelOf is 0 for what makes a run invalid, and 1 for anything else.
func levelOf(v model.Violation) int {
	if v.Level == model.LevelViolation {
		return 0
	}
	return 1
}

// unreplayed is the smallest case when it could not be replayed in the end: then it counts how
// often it broke the rule when it was taken.
func (s *shrinker) unreplayed() *Found {
	last := s.steps[len(s.steps)-1]
	out := &Found{Case: last.plan, History: last.history, Violation: last.found}
	switch {
	case len(s.steps) > 1:
		out.Reproduced, out.Replays = trialsPerCandidate, trialsPerCandidate
	case s.broke > 0:
		out.Reproduced, out.Replays = s.broke, replays
	}
	return out
}

// unproven says why a violation that hangs on time and never came again proves nothing. That the
// service is down as a whole is a reason of its own.
func (r *runner) unproven(f *Found) model.Verdict {
	seen := nameOf(&f.Case) + f.Violation.Rule + " was seen"
	if r.conditions.IsDown() {
		v := model.NewVerdict()
		v.Undecided = []string{seen + ", and the service went down before it could be replayed"}
		return v
	}
	if f.Replays == 0 {
		return unknown([]string{seen + " and not tried again before the run ended: it hangs on time, " +
			"so it proves nothing; raise --budget"})
	}
	return unknown([]string{fmt.Sprintf("%s and did not come again in %d replays: it hangs on time, "+
		"so it proves nothing; run the plan again on a calmer machine", seen, f.Replays)})
}
