package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign/internal/pace"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

const (
	// confirmations is how often a case is run again alone because it showed violations that hang on
	// time, and cleanEnough how many of these runs must be clean to say that they were none.
	confirmations, cleanEnough = 3, 2
	// confirmLimit bounds all of these runs together: a starved machine makes many of them necessary.
	confirmLimit = time.Minute
)

// confirm runs the suspected cases again, one after another and nothing beside them, by priority,
// until one of them is a violation, unless all cases are wanted.
func (s *sweep) confirm(ctx context.Context) {
	deadline := time.Now().Add(confirmLimit)
	for _, i := range s.suspected() {
		if s.over(ctx) || time.Now().After(deadline) {
			break
		}
		s.replace(i, s.alone(ctx, s.results[i]))
	}
	s.suspects, s.since = 0, time.Time{}
}

// suspected lists the suspected cases that were not run alone yet, by the priority of their rules.
func (s *sweep) suspected() []int {
	var out []int
	for i, o := range s.results {
		if o != nil && len(o.Suspected) > 0 && !o.Confirmed {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return judge.CompareRules(s.results[a].Suspected[0].Rule, s.results[b].Suspected[0].Rule)
	})
	return out
}

// alone runs a suspected case again until it is decided without load: by a violation in a run that
// nothing hindered, or by enough runs without any.
func (s *sweep) alone(ctx context.Context, before *trial.Trial) *trial.Trial {
	last, clean := *before, 0
	for n := 1; n <= confirmations && clean < cleanEnough && !s.runner.Ended(ctx); n++ {
		b := s.runner.Crew.Enter()
		o := s.runner.Run(ctx, before.Case, execute.Repetition{Number: before.Runs + n, Try: before.Runs})
		s.judge(ctx, &o, s.runner.Crew.Done(b, o.Finish()))
		o.Elapsed, o.Signature = before.Elapsed, before.Signature
		if o.Verdict.Verdict == verdict.Invalid {
			return &o
		}
		if o.Verdict.Verdict == verdict.Valid {
			clean++
		}
		if o.Verdict.Verdict == verdict.Valid || clean == 0 {
			last = o
		}
	}
	last.Confirmed = true
	return &last
}

// measure runs cases again for what the contract expects, unless a rule is broken, which matters
// more.
func (s *sweep) measure(ctx context.Context) {
	s.meter.Measure(ctx, pace.Bench{
		Runner: s.runner, Results: s.results, Judge: s.judge, Replace: s.replace,
		Over: func() bool { return s.worst == verdict.Invalid },
	})
}

const (
	// maxOpening is how many cases a run in real time begins with that have nothing beside them, and
	// openingShare which part of its plan they are at most, as one of so many: mistakes show beside
	// other cases too. openingLimit is for how long it begins such cases at most.
	maxOpening, openingShare, openingLimit = 8, 16, time.Second
	// longPause is from which planned pause on a case mostly waits, and needs no calm.
	longPause = 100 * time.Millisecond
)

// opening takes the next case while it is one of the highest priority, which are run one after
// another: their faults hit best while the target is idle, and what depends on timing counts at
// once, without another run. In virtual time no case is beside another anyway.
func (s *sweep) opening(ctx context.Context) func() (int, bool) {
	until := time.Now().Add(openingLimit)
	return func() (int, bool) {
		if s.runner.Conditions == nil || !s.opens() || time.Now().After(until) {
			return 0, false
		}
		return s.take(ctx)
	}
}

// opens reports whether the next case is one of those that run alone.
func (s *sweep) opens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cases := s.plan.Cases
	return s.next < min(maxOpening, len(cases)/openingShare) && !pauses(&cases[s.next])
}

// pauses reports whether a client of a case waits for long by plan.
func pauses(c *model.Case) bool {
	return slices.ContainsFunc(c.Operations, func(op model.PlannedOperation) bool {
		return slices.ContainsFunc(op.Attempts, func(a model.PlannedAttempt) bool {
			return a.After.Std() >= longPause
		})
	})
}
