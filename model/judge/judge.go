package judge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/accepted"
	"github.com/idemcheck/idemcheck/model/judge/risk"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// Judge compares the history of one case with the single-execution model of a contract. It never
// fails: what it cannot judge is a reason for the verdict to be unknown. It is invalid only when no
// innocent reading of the history exists ("Readings" in the package comment).
func Judge(h *model.History, c *model.Contract, spec model.Spec) verdict.Verdict {
	v := newIndex(h, c).in(&reading{})
	if unended := accepted.Unended(h, c); len(unended) > 0 {
		v.reasons = append(v.reasons, unended...)
		return v.unjudged()
	}
	obvious := v.judged(spec)
	if obvious.Verdict != verdict.Invalid {
		return obvious
	}
	return v.innocent(obvious, spec)
}

// judged applies the rules to the present reading.
func (v *view) judged(spec model.Spec) verdict.Verdict {
	out := v.tally()
	blamed := map[string]bool{}
	for _, r := range rules {
		if r.check == nil {
			continue
		}
		for _, found := range r.check(v) {
			v.report(&out, r, found)
			for _, id := range found.Operations {
				blamed[id] = blamed[id] || r.spoilsState && found.Level != verdict.LevelNote
			}
		}
	}
	if len(v.orphans) == 0 {
		found, reasons := v.judgeState(spec, blamed)
		for _, f := range found {
			v.report(&out, RuleOf(f.Rule), f)
		}
		v.reasons = append(v.reasons, reasons...)
	}
	risk.Declare(out.Violations, v.history, v.contract, RuleOf)
	v.checkAssumptions()
	v.addReasons(&out)
	settle(&out)
	return out
}

// unjudged is the verdict on a history of which nothing can be said.
func (v *view) unjudged() verdict.Verdict {
	out := v.tally()
	v.addReasons(&out)
	settle(&out)
	return out
}

// report adds a violation of a rule, or a note.
func (ix *index) report(out *verdict.Verdict, r Rule, found verdict.Violation) {
	found.Rule, found.Level, found.Case = r.ID, cmp.Or(found.Level, r.Level), ix.history.Case
	found.Timed = found.Timed || r.settles && ix.pending() || r.spoilsState && ix.anybodys(found)
	out.Violations = append(out.Violations, found)
}

// anybodys reports whether a violation hangs on effects that others may have left meanwhile: it
// proves something only when it comes again.
func (ix *index) anybodys(found verdict.Violation) bool {
	return slices.ContainsFunc(found.Operations, func(id string) bool {
		return slices.ContainsFunc(ix.byID[id].Effects, func(e model.Effect) bool {
			return ix.foreign(&e)
		})
	})
}

// pending reports whether effects may still have been on their way when they were looked for: the
// contract gives them time, or nobody saw the end of some request.
func (ix *index) pending() bool {
	unanswered := func(s *operationView) bool {
		return slices.ContainsFunc(s.hits, func(h *hit) bool {
			return h.complete && h.answered == never
		})
	}
	return ix.contract.Promises.Settle > 0 || slices.ContainsFunc(ix.operations, unanswered)
}

// addReasons adds what makes the case unknown, each with the number of its case.
func (v *view) addReasons(out *verdict.Verdict) {
	for _, r := range slices.Concat(v.reasons, v.excuses) {
		out.Reasons = append(out.Reasons, fmt.Sprintf("case %d (%s): %s",
			v.history.Case, v.history.Scenario, r))
	}
}

// tally counts what a history holds.
func (v *view) tally() verdict.Verdict {
	out := verdict.New()
	out.Seed = v.history.Seed
	out.Judged = tally.Judged{Cases: 1, Operations: len(v.operations)}
	for _, s := range v.operations {
		out.Judged.Attempts += len(s.tries)
		for _, items := range v.found(s) {
			out.Judged.Effects += len(items)
		}
		if s.typ.SentOnce() {
			out.Judged.Once.Count(risk.Answered(s.Operation, v.history, v.contract), v.executions(s) > 0)
		}
		for _, h := range s.hits {
			if h.number > 1 {
				out.Judged.Hidden++
			}
		}
		for _, e := range s.faults {
			count(&out, e)
		}
	}
	return out
}

// count adds a fault or a race.
func count(out *verdict.Verdict, e *model.Event) {
	fired := 0
	if e.Fired {
		fired = 1
	}
	if e.Kind == model.Raced {
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
