package shrink

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// maxFurther is how many counterexamples are made besides the first, and furtherShare which part
// of the time for shrinking they get together, as one of so many.
const maxFurther, furtherShare = 2, 2

// symptomShare says when a rule is taken for a symptom of the mistake that breaks another: when of
// the cases that broke it, one in so many broke the other too.
const symptomShare = 2

// further makes smallest cases of what most likely are other mistakes than that of the first
// counterexample. Nothing is made once the budget is spent: the first one stands without them.
func further(ctx context.Context, t *Task, first *Found, invalid []*trial.Trial) []*Found {
	maxTime := t.maxTime(invalid[0].Elapsed) / furtherShare
	deadline := t.Runner.Budget.Before(time.Now().Add(maxTime))
	found, rest := []*Found{first}, invalid
	for t.Rule == "" && len(found) <= maxFurther {
		rest = unexplained(rest, found, invalid)
		over := ctx.Err() != nil || !time.Now().Before(deadline) || t.Runner.Conditions.IsDown()
		if len(rest) == 0 || over {
			break
		}
		f := t.smallest(ctx, rest, deadline)
		known := slices.ContainsFunc(found, func(g *Found) bool {
			return g.explains(f.Violation, f.manner())
		})
		if known || f.Reproduced == 0 && (f.Violation.Timed || hasOne(found, f.Violation.Rule)) {
			rest = slices.DeleteFunc(rest, func(o *trial.Trial) bool {
				return gravest(o.Verdict).Rule == f.Violation.Rule
			})
			continue
		}
		found = append(found, f)
	}
	return found[1:]
}

// unexplained returns of some invalid cases what no counterexample explains: the gravest first, and
// among them what breaks a rule that has none. all are all invalid cases of the run.
func unexplained(some []*trial.Trial, found []*Found, all []*trial.Trial) []*trial.Trial {
	var out []*trial.Trial
	for _, o := range some {
		rest := *o
		rest.Verdict.Violations = lists.Where(o.Verdict.Violations, func(v verdict.Violation) bool {
			return v.Level == verdict.LevelViolation && !explained(found, o, v, all)
		})
		if len(rest.Verdict.Violations) > 0 {
			out = append(out, &rest)
		}
	}
	sortRest(out, found)
	return out
}

// explained reports whether a violation is a symptom of what was found, or the same again.
func explained(found []*Found, o *trial.Trial, v verdict.Violation, all []*trial.Trial) bool {
	return slices.ContainsFunc(found, func(f *Found) bool {
		return f.symptom(v.Rule, all) || f.explains(v, manner(&o.Case, o.History, v.Operations))
	})
}

// sortRest orders what is left: the gravest first, and among them what breaks a rule that no
// counterexample breaks.
func sortRest(rest []*trial.Trial, found []*Found) {
	gravity := func(o *trial.Trial) int { return judge.RuleOf(gravest(o.Verdict).Rule).Gravity() }
	slices.SortStableFunc(rest, func(a, b *trial.Trial) int {
		return cmp.Or(cmp.Compare(gravity(a), gravity(b)),
			cmp.Compare(known(found, a), known(found, b)), ByPriority(a, b))
	})
}

// known is 1 for a case whose gravest rule has a counterexample already, and 0 for others.
func known(found []*Found, o *trial.Trial) int {
	if hasOne(found, gravest(o.Verdict).Rule) {
		return 1
	}
	return 0
}

// hasOne reports whether one of some counterexamples breaks a rule.
func hasOne(found []*Found, rule string) bool {
	return slices.ContainsFunc(found, func(f *Found) bool { return f.Violation.Rule == rule })
}
