package judge

import (
	"cmp"
	"iter"
	"slices"

	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Merge joins two verdicts; the order does not matter. Invalid wins over unknown over valid. The
// counterexample is the first one's, or else the second one's.
func Merge(a, b verdict.Verdict) verdict.Verdict {
	return MergeAll(slices.Values([]verdict.Verdict{a, b}))
}

// MergeAll joins verdicts as [Merge] does, many in one go: joining them two by two would sort what
// was found again and again.
func MergeAll(verdicts iter.Seq[verdict.Verdict]) verdict.Verdict {
	out := verdict.New()
	for v := range verdicts {
		out.Add(v)
	}
	settle(&out)
	return out
}

// settle orders what a verdict holds and sets its result: invalid over unknown over valid.
func settle(out *verdict.Verdict) {
	SortViolations(out.Violations)
	slices.Sort(out.Reasons)
	out.Reasons = slices.Compact(out.Reasons)
	slices.Sort(out.Undecided)
	out.Undecided = slices.Compact(out.Undecided)
	out.Races.Sort()
	out.Verdict = verdict.Valid
	if len(out.Reasons) > 0 {
		out.Verdict = verdict.Unknown
	}
	for _, found := range out.Violations {
		if found.Level == verdict.LevelViolation {
			out.Verdict = verdict.Invalid
		}
	}
	if len(expect.Missed(out.Expectations)) > 0 {
		out.Verdict = verdict.Invalid
	}
}

// SortViolations orders violations by level, the worst first, then by rule as [Rules] lists them,
// then by case, message and what it names, so that the order found in leaves no trace.
func SortViolations(vs []verdict.Violation) {
	if len(vs) < 2 {
		return
	}
	levels := []verdict.Level{verdict.LevelViolation, verdict.LevelDivergence, verdict.LevelNote}
	ranks := map[string]int{}
	for _, v := range vs {
		if _, known := ranks[v.Rule]; !known {
			ranks[v.Rule] = rank(v.Rule)
		}
	}
	slices.SortStableFunc(vs, func(a, b verdict.Violation) int {
		return cmp.Or(
			cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)),
			cmp.Compare(ranks[a.Rule], ranks[b.Rule]),
			cmp.Compare(a.Case, b.Case),
			cmp.Compare(a.Message, b.Message),
			slices.Compare(a.Operations, b.Operations),
			slices.Compare(a.Expected, b.Expected),
			slices.Compare(a.Observed, b.Observed),
			cmp.Compare(timing(a), timing(b)),
		)
	})
}

// timing is greater for what depends on timing, so that it stands last.
func timing(v verdict.Violation) int {
	if v.Timed {
		return 1
	}
	return 0
}
