package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

const (
	// confirmations is how often a case is run again alone because it showed violations that hang on
	// time, and cleanEnough how many of these runs must be clean to say that they were none.
	confirmations, cleanEnough = 3, 2
	// confirmLimit bounds all of these runs together: a starved machine makes many of them necessary.
	confirmLimit = time.Minute
)

// undecided reports whether a case is neither right nor wrong so far, and is not waiting for the
// calm either. What fails by itself would do so again.
func (o *outcome) undecided() bool {
	return o.verdict.Verdict == model.Unknown && len(o.suspected) == 0 && o.failsAnew == ""
}

// hindered reports whether one of some kinds of causes, or any when none is named, hindered the
// last run of a case.
func (o *outcome) hindered(kinds ...conditions.Hindrance) bool {
	return slices.ContainsFunc(o.causes, func(c conditions.Cause) bool {
		return len(kinds) == 0 || slices.Contains(kinds, c.Kind)
	})
}

// finish is how a case went, for the crew.
func (o *outcome) finish() finish {
	out := finish{
		starved: o.hindered(conditions.Starved, conditions.Silent),
		refused: o.hindered(conditions.Limited, conditions.SignedOut),
		faults:  len(o.plan.Faults) > 0,
	}
	if o.history == nil {
		return out
	}
	out.missed = slices.ContainsFunc(o.history.Events, func(e model.Event) bool {
		return e.Kind == model.Struck && !e.Fired
	})
	return out
}

// weigh takes the violations out of a verdict that do not count as they were seen: those that hang
// on time when the case was hindered, or when others were under way beside it. Where nothing else
// was violated, they are suspected: the case is unknown until it is run again in the calm.
func (r *runner) weigh(o *outcome, alone bool) {
	if r.conditions == nil || o.verdict.Verdict != model.Invalid {
		return
	}
	proven := slices.ContainsFunc(o.verdict.Violations, func(v model.Violation) bool {
		return v.Level == model.LevelViolation && !o.doubts(v, alone)
	})
	if proven && !o.hindered() {
		return
	}
	var kept []model.Violation
	for _, v := range o.verdict.Violations {
		if o.doubts(v, alone) {
			o.suspected = append(o.suspected, v)
		} else {
			kept = append(kept, v)
		}
	}
	o.verdict.Violations = kept
	if proven {
		o.suspected = nil
		return
	}
	if len(o.suspected) > 0 {
		o.verdict.Verdict = model.Unknown
		o.verdict.Reasons = append(o.verdict.Reasons, r.suspicion(o))
	}
}

// doubts reports whether a violation does not count as it was seen. What was answered means little
// while the service refuses everybody.
func (o *outcome) doubts(v model.Violation, alone bool) bool {
	switch {
	case o.hindered(conditions.SignedOut):
		return true
	case v.Timed:
		return !alone || o.hindered() && !o.patient(v)
	}
	return o.hindered(conditions.Limited) && judge.Gravity(v.Rule) > 0
}

// patient reports whether the retries of a violation's operations went on for much longer than
// anything was late, so that lateness does not explain that they came to nothing. Other violations
// that hang on time are about single moments, where every lateness counts.
func (o *outcome) patient(v model.Violation) bool {
	if v.Rule != "stuck-key" && v.Rule != "error-caching" ||
		o.hindered(conditions.Limited, conditions.SignedOut) {
		return false
	}
	var healed time.Duration
	ended := map[string]time.Duration{}
	for _, e := range o.history.Events {
		switch e.Kind {
		case model.Healed:
			healed = e.At
		case model.Return:
			ended[e.Operation] = e.At
		}
	}
	for _, c := range o.causes {
		for _, op := range v.Operations {
			if ended[op]-healed < execute.PatienceFactor*c.Worst {
				return false
			}
		}
	}
	return true
}

// doubt says in a history why its times mean little; "" when they do.
func (r *runner) doubt(causes []conditions.Cause) string {
	switch {
	case len(causes) > 0:
		return r.conditions.Text(causes[0])
	case r.conditions != nil && r.crew.crowded():
		return besideOthers
	}
	return ""
}

// besideOthers is why times mean little in a crowd.
const besideOthers = "other cases ran beside it"

// suspicion says what was seen and why it does not count.
func (r *runner) suspicion(o *outcome) string {
	var rules []string
	for _, v := range o.suspected {
		rules = append(rules, v.Rule)
	}
	slices.Sort(rules)
	why := besideOthers
	if len(o.causes) > 0 {
		why = r.conditions.Text(o.causes[0])
	}
	return fmt.Sprintf("%s%s hangs on time and was not seen in the calm: %s",
		nameOf(&o.plan), strings.Join(slices.Compact(rules), ", "), why)
}

// confirm runs the suspected cases again, one after another and nothing beside them, the most
// telling first, until one of them is a violation, unless all cases are wanted.
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

// suspected lists the suspected cases that were not run alone yet, the most telling first.
func (s *sweep) suspected() []int {
	var out []int
	for i, o := range s.results {
		if o != nil && len(o.suspected) > 0 && !o.confirmed {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return judge.CompareRules(s.results[a].suspected[0].Rule, s.results[b].suspected[0].Rule)
	})
	return out
}

// alone runs a suspected case again until it is decided in the calm: by a violation in a run that
// nothing hindered, or by enough runs without any.
func (s *sweep) alone(ctx context.Context, before *outcome) *outcome {
	last, clean := *before, 0
	for n := 1; n <= confirmations && clean < cleanEnough && !s.ended(ctx); n++ {
		b := s.crew.enter()
		o := s.runCase(ctx, before.plan, execute.Repetition{Number: before.runs + n, Try: before.runs})
		s.judge(ctx, &o, s.crew.done(b, o.finish()))
		o.elapsed, o.signature = before.elapsed, before.signature
		if o.verdict.Verdict == model.Invalid {
			return &o
		}
		if o.verdict.Verdict == model.Valid {
			clean++
		}
		if o.verdict.Verdict == model.Valid || clean == 0 {
			last = o
		}
	}
	last.confirmed = true
	return &last
}
