package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// mostFurther is how many counterexamples are made besides the first, and furtherShare which part
// of the time for shrinking they get together, as one of so many.
const mostFurther, furtherShare = 2, 2

// symptomShare says when a rule is taken for a symptom of the mistake that breaks another: when of
// the cases that broke it, one in so many broke the other too.
const symptomShare = 2

// further makes smallest cases of what most likely are other mistakes than that of the first
// counterexample. Nothing is made once the budget is spent: the first one stands without them.
func (r *runner) further(ctx context.Context, first *Found, invalid []*outcome) []*Found {
	deadline := time.Now().Add(r.shrinkBudget(invalid[0].elapsed) / furtherShare)
	if !r.deadline.IsZero() && r.deadline.Before(deadline) {
		deadline = r.deadline
	}
	found, rest := []*Found{first}, invalid
	for r.Plan.Rule == "" && len(found) <= mostFurther {
		rest = unexplained(rest, found, invalid)
		if len(rest) == 0 || ctx.Err() != nil || !time.Now().Before(deadline) || r.conditions.IsDown() {
			break
		}
		f := r.smallest(ctx, rest, deadline)
		known := slices.ContainsFunc(found, func(g *Found) bool {
			return g.explains(f.Violation, f.manner())
		})
		if known || f.Reproduced == 0 && (f.Violation.Timed || hasOne(found, f.Violation.Rule)) {
			rest = slices.DeleteFunc(rest, func(o *outcome) bool {
				return gravest(o.verdict).Rule == f.Violation.Rule
			})
			continue
		}
		found = append(found, f)
	}
	return found[1:]
}

// unexplained returns of some invalid cases what no counterexample explains: the gravest first, and
// among them what breaks a rule that has none. all are all invalid cases of the run.
func unexplained(some []*outcome, found []*Found, all []*outcome) []*outcome {
	var out []*outcome
	for _, o := range some {
		rest := *o
		rest.verdict.Violations = nil
		for _, v := range o.verdict.Violations {
			known := slices.ContainsFunc(found, func(f *Found) bool {
				return f.symptom(v.Rule, all) || f.explains(v, manner(&o.plan, o.history, v.Operations))
			})
			if !known && v.Level == model.LevelViolation {
				rest.verdict.Violations = append(rest.verdict.Violations, v)
			}
		}
		if len(rest.verdict.Violations) > 0 {
			out = append(out, &rest)
		}
	}
	sortRest(out, found)
	return out
}

// sortRest orders what is left: the gravest first, and among them what breaks a rule that no
// counterexample breaks.
func sortRest(rest []*outcome, found []*Found) {
	gravity := func(o *outcome) int { return judge.Gravity(gravest(o.verdict).Rule) }
	known := func(o *outcome) int {
		if hasOne(found, gravest(o.verdict).Rule) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rest, func(a, b *outcome) int {
		return cmp.Or(
			cmp.Compare(gravity(a), gravity(b)), cmp.Compare(known(a), known(b)), moreTelling(a, b))
	})
}

// hasOne tells whether one of some counterexamples breaks a rule.
func hasOne(found []*Found, rule string) bool {
	return slices.ContainsFunc(found, func(f *Found) bool { return f.Violation.Rule == rule })
}

// explains tells whether a violation that was seen in some manner most likely has the same cause as
// a counterexample: it says the same or follows from it, and came about in the same manner. What
// breaks without any fault breaks beside faults too.
func (f *Found) explains(v model.Violation, seen string) bool {
	how := f.manner()
	alike := v.Rule == f.Violation.Rule || executesAgain(f.Violation.Rule) && followsFromThat(v.Rule)
	return alike && (how == plainly || how == seen)
}

// symptom tells whether a rule is seldom broken without that of the counterexample.
func (f *Found) symptom(rule string, all []*outcome) bool {
	if rule == f.Violation.Rule {
		return false
	}
	broke, both := 0, 0
	for _, o := range all {
		if pinned(o.verdict, rule) == nil {
			continue
		}
		broke++
		if pinned(o.verdict, f.Violation.Rule) != nil {
			both++
		}
	}
	return both*symptomShare >= broke && both > 0
}

// executesAgain tells whether a rule says that an operation was executed again.
func executesAgain(rule string) bool {
	switch rule {
	case "key-ignored", "duplicate-effect", "early-expiry", "side-effect-of-replay",
		"in-flight-execution":
		return true
	}
	return false
}

// followsFromThat tells whether a rule is broken, too, where operations are executed again: then
// the answer is no replay of the first, or even a refusal of what happened.
func followsFromThat(rule string) bool {
	switch rule {
	case "divergent-replay", "replay-unmarked", "late-answer", "error-caching", "state-divergence",
		"phantom-effect":
		return true
	}
	return executesAgain(rule)
}

// How a violation came about.
const (
	plainly = ""       // without any fault
	raced   = "race"   // several messages of one key were at work at the same time
	faulty  = "faults" // after any other fault
)

// manner is how the counterexample's violation came about.
func (f *Found) manner() string { return manner(&f.Case, f.History, f.Violation.Operations) }

// manner is how a violation of some operations came about in a case.
func manner(c *model.Case, h *model.History, operations []string) string {
	for _, f := range c.Faults {
		if f.Kind == model.ConcurrentDuplicate || f.Kind == model.StaggeredDuplicate {
			return raced
		}
	}
	switch {
	case h != nil && overlapping(h, operations):
		return raced
	case len(c.Faults) == 0:
		return plainly
	}
	return faulty
}

// overlapping tells whether the service had more than one message of a key at once, which one of
// some operations carried.
func overlapping(h *model.History, operations []string) bool {
	keys, open := map[string]string{}, map[string]int{}
	for _, op := range h.Operations {
		keys[op.ID] = op.Key
	}
	for _, e := range h.Events {
		key := keys[e.Operation]
		switch e.Kind {
		case model.Sent:
			open[key]++
		case model.Answered:
			open[key]--
		}
		carried := func(id string) bool { return keys[id] == key }
		if open[key] > 1 && slices.ContainsFunc(operations, carried) {
			return true
		}
	}
	return false
}
