package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/trial"
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
