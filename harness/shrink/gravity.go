package shrink

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// gravest returns the gravest of a verdict's violations, by the priority of rules among equals.
func gravest(v verdict.Verdict) verdict.Violation {
	return slices.MinFunc(v.Violations, func(a, b verdict.Violation) int {
		return cmp.Or(cmp.Compare(levelOf(a), levelOf(b)), byGravity(a.Rule, b.Rule))
	})
}

// byGravity orders rules by what is at stake. Among equals what says that an operation was executed
// again comes first: a client that does nothing but retry is harmed by that, and one that uses a
// key for two payloads makes a mistake of its own.
func byGravity(a, b string) int {
	first, second := judge.RuleOf(a), judge.RuleOf(b)
	return cmp.Or(
		cmp.Compare(first.Gravity(), second.Gravity()),
		cmp.Compare(again(first), again(second)),
	)
}

// again is 0 for a rule that says that an operation was executed again, and 1 for any other.
func again(r judge.Rule) int {
	if r.ExecutesAgain() {
		return 0
	}
	return 1
}

// levelOf is 0 for what makes a run invalid, and 1 for anything else.
func levelOf(v verdict.Violation) int {
	if v.Level == verdict.LevelViolation {
		return 0
	}
	return 1
}

// ByPriority orders invalid outcomes: those with the gravest violation first, among equals what was
// executed again, then by the priority of rules, and then the smallest case.
func ByPriority(a, b *trial.Trial) int {
	first, second := gravest(a.Verdict).Rule, gravest(b.Verdict).Rule
	return cmp.Or(
		byGravity(first, second),
		judge.CompareRules(first, second),
		cmp.Compare(size(&a.Case), size(&b.Case)),
		cmp.Compare(a.Case.Index, b.Case.Index),
	)
}

// size is how much there is in a case.
func size(c *model.Case) int {
	return 100*len(c.Operations) + 100*len(c.Faults) + c.Attempts()
}

// pinned returns the violation of a rule, or nil.
func pinned(v verdict.Verdict, rule string) *verdict.Violation {
	for i := range v.Violations {
		if v.Violations[i].Rule == rule && v.Violations[i].Level == verdict.LevelViolation {
			return &v.Violations[i]
		}
	}
	return nil
}

// Broken returns the violation of a rule, or the first of any when none is named; nil when there is
// none.
func Broken(v verdict.Verdict, rule string) *verdict.Violation {
	if rule != "" {
		return pinned(v, rule)
	}
	if v.Verdict != verdict.Invalid {
		return nil
	}
	return &v.Violations[0]
}

// Alike returns the violation of a rule, or of one that says that an operation is executed again
// where this one says so, too; nil when there is none.
func Alike(v verdict.Verdict, rule string) *verdict.Violation {
	if found := pinned(v, rule); found != nil || !judge.RuleOf(rule).ExecutesAgain() {
		return found
	}
	for _, other := range v.Violations {
		if judge.RuleOf(other.Rule).ExecutesAgain() {
			return pinned(v, other.Rule)
		}
	}
	return nil
}
