package model

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Judge compares the history of one case with the single-execution model of a contract. It never
// fails: what it cannot judge is a reason for the verdict to be unknown. It is invalid only when no
// innocent reading of the history exists ("Readings" in the package comment).
func Judge(h *History, c *Contract, spec Spec) Verdict {
	v := newView(h, c)
	obvious := v.judged(spec)
	if obvious.Verdict != Invalid {
		return obvious
	}
	return v.innocent(obvious, spec)
}

// judged applies the rules to the present reading.
func (v *view) judged(spec Spec) Verdict {
	out := v.tally()
	blamed := map[string]bool{}
	for _, r := range Rules() {
		if r.check == nil {
			continue
		}
		for _, found := range r.check(v) {
			out.report(v, r, found)
			for _, id := range found.Operations {
				blamed[id] = blamed[id] || effectRule(r.ID) && found.Level != LevelNote
			}
		}
	}
	if len(v.orphans) == 0 {
		found, reasons := v.judgeState(spec, blamed)
		for _, f := range found {
			out.report(v, Rules()[rank(f.Rule)], f)
		}
		v.reasons = append(v.reasons, reasons...)
	}
	v.checkAssumptions()
	out.addReasons(v)
	out.settle()
	return out
}

// effectRule: the rule speaks of executions, so that the state is wrong for the same cause.
func effectRule(rule string) bool {
	return !slices.Contains([]string{"replay-unmarked", "divergent-replay", "hollow-answer"}, rule)
}

// report adds a violation of a rule, or a note.
func (out *Verdict) report(v *view, r Rule, found Violation) {
	found.Rule, found.Level, found.Case = r.ID, cmp.Or(found.Level, r.Level), v.history.Case
	found.Timed = found.Timed || r.settles && v.pending()
	out.Violations = append(out.Violations, found)
}

// pending reports whether effects may still have been on their way when they were looked for: the
// contract gives them time, or nobody saw the end of some request.
func (v *view) pending() bool {
	return v.contract.Promises.Settle > 0 || slices.ContainsFunc(v.subjects, func(s *subject) bool {
		return slices.ContainsFunc(s.hits, func(h *hit) bool {
			return h.complete && h.answered == never
		})
	})
}

// addReasons adds what makes the case unknown, each with the number of its case.
func (out *Verdict) addReasons(v *view) {
	for _, r := range slices.Concat(v.reasons, v.excuses) {
		out.Reasons = append(out.Reasons, fmt.Sprintf("case %d (%s): %s",
			v.history.Case, v.history.Scenario, r))
	}
}

// settle sets the result: invalid over unknown over valid.
func (out *Verdict) settle() {
	SortViolations(out.Violations)
	slices.Sort(out.Reasons)
	out.Reasons = slices.Compact(out.Reasons)
	slices.Sort(out.Undecided)
	out.Undecided = slices.Compact(out.Undecided)
	out.Races.settle()
	out.Verdict = Valid
	if len(out.Reasons) > 0 {
		out.Verdict = Unknown
	}
	for _, found := range out.Violations {
		if found.Level == LevelViolation {
			out.Verdict = Invalid
		}
	}
}

// tally counts what a history holds.
func (v *view) tally() Verdict {
	out := NewVerdict()
	out.Seed = v.history.Seed
	out.Judged = Judged{Cases: 1, Operations: len(v.subjects)}
	for _, s := range v.subjects {
		out.Judged.Attempts += len(s.tries)
		for _, items := range s.found {
			out.Judged.Effects += len(items)
		}
		for _, h := range s.hits {
			if h.number > 1 {
				out.Judged.Hidden++
			}
		}
		for _, e := range s.struck {
			out.count(e)
		}
	}
	return out
}

// count adds a fault or a race.
func (out *Verdict) count(e *Event) {
	fired := 0
	if e.Fired {
		fired = 1
	}
	if e.Kind == Raced {
		out.Races.Planned++
		out.Races.Overlapped += fired
		if e.Fired {
			out.Races.Overlaps = append(out.Races.Overlaps, e.Overlap)
		}
		return
	}
	tally := out.Faults.ByKind[e.Fault.Kind]
	tally.Planned++
	tally.Fired += fired
	tally.Cases = min(1, tally.Fired)
	out.Faults.ByKind[e.Fault.Kind] = tally
	out.Faults.Planned++
	out.Faults.Fired += fired
	out.Faults.Cases = min(1, out.Faults.Fired)
}

// settle sorts the overlaps, so that merging in any order gives the same, and finds their median.
func (r *Races) settle() {
	slices.Sort(r.Overlaps)
	if n := len(r.Overlaps); n > 0 {
		r.MedianOverlap = Duration(r.Overlaps[n/2].Round(time.Microsecond))
	}
}

// NewVerdict returns the verdict on nothing: valid, with nothing judged. It is neutral to [Merge].
func NewVerdict() Verdict {
	return Verdict{
		Schema: VerdictSchema, Verdict: Valid, Reasons: []string{}, Violations: []Violation{},
		Faults: Faults{ByKind: map[FaultKind]FaultTally{}},
	}
}

// Merge joins two verdicts; the order does not matter. Invalid wins over unknown over valid. The
// counterexample is the first one's, or else the second one's.
func Merge(a, b Verdict) Verdict { return MergeAll(slices.Values([]Verdict{a, b})) }

// MergeAll joins verdicts as [Merge] does, many in one go: joining them two by two would sort what
// was found again and again.
func MergeAll(verdicts iter.Seq[Verdict]) Verdict {
	out := NewVerdict()
	for v := range verdicts {
		out.Seed = max(out.Seed, v.Seed)
		if out.First == nil {
			out.First = v.First
		}
		if out.Counterexample == nil {
			out.Counterexample = v.Counterexample
		}
		out.Violations = append(out.Violations, v.Violations...)
		out.Reasons = append(out.Reasons, v.Reasons...)
		out.Undecided = append(out.Undecided, v.Undecided...)
		out.Judged.add(v.Judged)
		out.Faults.add(v.Faults)
		out.Races.Planned += v.Races.Planned
		out.Races.Overlapped += v.Races.Overlapped
		out.Races.Overlaps = append(out.Races.Overlaps, v.Races.Overlaps...)
		out.addFigures(v)
	}
	out.settle()
	return out
}

func (j *Judged) add(o Judged) {
	j.Cases += o.Cases
	j.Operations += o.Operations
	j.Attempts += o.Attempts
	j.Effects += o.Effects
	j.Hidden += o.Hidden
	j.Undecided += o.Undecided
}

func (f *Faults) add(o Faults) {
	f.Planned += o.Planned
	f.Fired += o.Fired
	f.Cases += o.Cases
	for kind, t := range o.ByKind {
		sum := f.ByKind[kind]
		sum.Planned += t.Planned
		sum.Fired += t.Fired
		sum.Cases += t.Cases
		f.ByKind[kind] = sum
	}
}
