package shrink

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan/simplify"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

const (
	// DefaultBudget bounds shrinking. A case that waits for keys to expire takes longer than
	// most: it gets the time of so many rounds, but not more than longShrinkBudget.
	DefaultBudget, defaultShrinkRounds = 6 * time.Second, 10
	longShrinkBudget                   = 2 * time.Minute
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
	// runner runs replays, which are no part of the run.
	runner   *trial.Runner
	rule     string
	deadline time.Time
	// tried is how many smaller cases were tried, and tell is told.
	tried int
	tell  func(tried int)
	// steps are the cases that were taken, the first one largest; broke is how many of the first
	// replays of that one broke the rule.
	steps []step
	broke int
}

// step is a case that broke the pinned rule, with a history of it.
type step struct {
	plan    model.Case
	history *model.History
	found   verdict.Violation
}

// begin pins the rule that the plan names, or else the gravest that the case broke, and replays the
// case. What was seen once stands even when it is never seen again.
func (s *shrinker) begin(ctx context.Context, o *trial.Trial, named string) {
	first := gravest(o.Verdict)
	if v := pinned(o.Verdict, named); v != nil {
		first = *v
	}
	s.rule = first.Rule
	s.steps = []step{{o.Case, o.History, first}}
	s.replay(ctx, o.Case)
}

// replay counts how often the case as it was found breaks the rule again.
func (s *shrinker) replay(ctx context.Context, c model.Case) {
	for _, again := range s.repeat(ctx, c, replays) {
		if v := pinned(again.Verdict, s.rule); v != nil {
			s.steps[0].history, s.steps[0].found = again.History, *v
			s.broke++
		}
	}
	if s.runner.CheckUp(ctx); s.cutOff(ctx) {
		s.broke = 0 // replays that were cut off say nothing
	}
}

// cutOff reports whether nothing more is to be run: the run ended, or the service is down as a
// whole, so that what is seen says nothing.
func (s *shrinker) cutOff(ctx context.Context) bool {
	return ctx.Err() != nil || s.runner.Conditions.IsDown()
}

// shrink makes the case smaller.
func (s *shrinker) shrink(ctx context.Context) *Found {
	for s.broke > 0 && s.better(ctx) {
	}
	out := s.best(ctx)
	if s.tried > 0 {
		out.Shrinking = &verdict.Shrinking{Rounds: len(s.steps) - 1, From: sizeOf(&s.steps[0].plan)}
	}
	return out
}

// sizeOf counts what is in a case.
func sizeOf(c *model.Case) verdict.Size {
	return verdict.Size{
		Operations: len(c.Operations), Attempts: c.Attempts(), Faults: len(c.Faults),
	}
}

// repeat runs a case several times side by side, every time with the same faults: none of them is a
// second try after a misfire. Beside each of them run some other cases.
func (s *shrinker) repeat(
	ctx context.Context, c model.Case, times int, beside ...model.Case,
) []trial.Trial {
	if s.cutOff(ctx) {
		return nil
	}
	outcomes := make([]trial.Trial, times)
	var wg sync.WaitGroup
	for i := range outcomes {
		wg.Go(func() {
			b := s.runner.Crew.Enter()
			if s.cutOff(ctx) { // it waited for too long
				s.runner.Crew.Leave(b)
				return
			}
			o := s.runner.RunBeside(ctx, c, beside, execute.Repetition{Number: 1, Try: 1})
			s.runner.Crew.Done(b, o.Finish())
			s.runner.Weigh(&o, true) // replays of one case may run side by side when that hinders nobody
			if ctx.Err() == nil && !s.runner.Stands(ctx, &o) {
				o.Withdraw()
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
		found := pinned(o.Verdict, s.rule)
		if found == nil {
			return nil
		}
		out = &step{c, o.History, *found}
	}
	return out
}

// better tries candidates, the boldest first, a batch at a time, and takes the boldest that still
// breaks the rule. It returns false when none does or the time is over.
func (s *shrinker) better(ctx context.Context) bool {
	now := s.steps[len(s.steps)-1]
	candidates := simplify.Simpler(now.plan, now.found.Operations, s.runner.Exec.Contract)
	for some := range slices.Chunk(candidates, batch) {
		if time.Now().After(s.deadline) || s.cutOff(ctx) {
			return false
		}
		if taken := s.first(ctx, some); taken != nil {
			s.steps = append(s.steps, *taken)
			return true
		}
	}
	return false
}

// first tries candidates side by side and returns the first that breaks the rule.
func (s *shrinker) first(ctx context.Context, candidates []model.Case) *step {
	taken := s.try(ctx, candidates)
	if s.runner.CheckUp(ctx); s.cutOff(ctx) {
		return nil
	}
	s.tried += len(candidates)
	s.tell(s.tried)
	out, _ := lists.First(taken, func(t *step) bool { return t != nil })
	return out
}

// try runs candidates side by side, and returns a step for each that breaks the rule.
func (s *shrinker) try(ctx context.Context, candidates []model.Case) []*step {
	taken := make([]*step, len(candidates))
	var wg sync.WaitGroup
	for i, c := range candidates {
		wg.Go(func() { taken[i] = s.breaks(ctx, c) })
	}
	wg.Wait()
	return taken
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
		if s.runner.CheckUp(ctx); s.cutOff(ctx) {
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

// count says how many outcomes break the pinned rule.
func (s *shrinker) count(outcomes []trial.Trial) int {
	broke := func(o trial.Trial) bool { return pinned(o.Verdict, s.rule) != nil }
	return len(lists.Where(outcomes, broke))
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
		s.runner.CheckUp(ctx)
		f.Reproduced = max(f.Reproduced, n)
	}
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
