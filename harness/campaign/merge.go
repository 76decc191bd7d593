package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign/internal/pace"
	"github.com/idemcheck/idemcheck/harness/campaign/internal/underway"
	"github.com/idemcheck/idemcheck/harness/campaign/internal/untried"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// swept is what came of all cases of a plan.
type swept struct {
	plan       *model.Plan
	contract   *model.Contract
	conditions *conditions.Conditions
	virtual    bool
	// works is how long the service works on each type of operation, by the warm-up.
	works map[string]time.Duration
	// results are in the order of the plan, nil for what was not begun; done counts the others.
	results []*trial.Trial
	done    int
	// findings is what was found, in that order; saw is what was seen of the service.
	findings []verdict.Finding
	saw      untried.Sights
	// ran is when which cases were under way.
	ran *underway.Spans
	// meter measured what the contract expects; nil where it expects nothing.
	meter *pace.Meter
}

// collect merges the outcomes in the order of the plan.
func (w *swept) collect(out *RunResult, notes []string) {
	out.Skipped = len(w.results) - w.done + w.plan.Novelty
	thin := w.thinRows()
	var verdicts []verdict.Verdict
	if !w.conditions.IsDown() {
		verdicts = append(verdicts, thin.verdict)
	}
	open := map[bool][]*trial.Trial{}
	for i, o := range w.results {
		if o == nil {
			continue
		}
		if o.Runs > 1 {
			out.Rerun++
		}
		if why := w.conditions.DownAt(o.Until); why != "" && o.Verdict.Verdict == verdict.Unknown {
			o.Verdict.Reasons = []string{why}
		}
		v := o.Verdict
		undecided := v.Verdict == verdict.Unknown
		if undecided {
			v.Judged.Undecided = 1
		}
		if undecided || len(v.Reasons) > 0 { // what broke a rule may be open in other things
			hangs := undecided && thin.holds(&w.plan.Cases[i])
			open[hangs], v.Reasons = append(open[hangs], o), nil
		}
		verdicts = append(verdicts, v)
		countOutcome(out, w.plan.Cases[i].Scenario, o)
	}
	verdicts = append(verdicts, w.reasons(open, notes))
	out.Verdict = judge.MergeAll(slices.Values(verdicts))
}

// reasons says why cases are undecided: under true those on which the verdict hangs.
func (w *swept) reasons(open map[bool][]*trial.Trial, notes []string) verdict.Verdict {
	v := verdict.New()
	v.Reasons, v.Undecided = trial.Grouped(open[true]), trial.Grouped(open[false])
	if w.conditions.IsDown() { // which is the one reason (see assess)
		all := slices.Concat(open[true], open[false])
		v.Reasons, v.Undecided = nil, trial.Grouped(w.withoutOutage(all))
	}
	var causes []conditions.Cause
	for _, o := range slices.Concat(open[true], open[false]) {
		causes = append(causes, o.Causes...)
	}
	hindered := w.conditions.Notes(causes)
	v.Undecided = append(append(v.Undecided, hindered...), notes...)
	return v
}

// countOutcome files an outcome under its scenario.
func countOutcome(out *RunResult, scenario string, o *trial.Trial) {
	i := slices.IndexFunc(out.Tallies, func(t Tally) bool { return t.Scenario == scenario })
	if i < 0 {
		i = len(out.Tallies)
		out.Tallies = append(out.Tallies, Tally{Scenario: scenario, Result: verdict.Valid})
	}
	t := &out.Tallies[i]
	t.Cases++
	t.Elapsed += o.Elapsed
	t.Violations = append(t.Violations, o.Verdict.Violations...)
	t.Reasons = append(t.Reasons, o.Verdict.Reasons...)
	if t.Result == verdict.Valid || o.Verdict.Verdict == verdict.Invalid {
		t.Result = o.Verdict.Verdict
	}
}

// invalid lists the outcomes that are invalid, in the order of [shrink.ByPriority].
func (w *swept) invalid() []*trial.Trial {
	var out []*trial.Trial
	for _, o := range w.results {
		if o != nil && o.Verdict.Verdict == verdict.Invalid && o.History != nil {
			o.Beside = w.beside(o)
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, shrink.ByPriority)
	return out
}

// beside lists the cases that ran at the same time as one, those that began with it first.
func (w *swept) beside(o *trial.Trial) []model.Case {
	begun := func(o *trial.Trial) time.Time { return o.Until.Add(-o.Elapsed) }
	var out []*trial.Trial
	for _, other := range w.results {
		if other != nil && other != o && begun(other).Before(o.Until) && begun(o).Before(other.Until) {
			out = append(out, other)
		}
	}
	slices.SortStableFunc(out, func(a, b *trial.Trial) int {
		separate := func(x *trial.Trial) time.Duration { return begun(x).Sub(begun(o)).Abs() }
		return int(separate(a) - separate(b))
	})
	var cases []model.Case
	for _, other := range out[:min(shrink.MaxBeside, len(out))] {
		cases = append(cases, other.Case)
	}
	return cases
}

// withoutOutage leaves the outcomes out that an outage explains.
func (w *swept) withoutOutage(all []*trial.Trial) []*trial.Trial {
	return slices.DeleteFunc(all, func(o *trial.Trial) bool {
		return w.conditions.DownAt(o.Until) != ""
	})
}

// first is when the first of the violations that count was found; nil without any.
func (w *swept) first(v verdict.Verdict) *verdict.Finding {
	number := 0
	for _, one := range v.Violations {
		counts := one.Level == verdict.LevelViolation && one.Found > 0
		if counts && (number == 0 || one.Found < number) {
			number = one.Found
		}
	}
	if number == 0 {
		return nil
	}
	return &w.findings[number-1]
}

// assess turns a run that shows nothing into an unknown one: a run that tested nothing must not
// pass. A counterexample, whose plan names a rule, may hold nothing but refusals.
func assess(out *RunResult, w *swept, interrupted bool) verdict.Verdict {
	v, none := out.Verdict, "no case was run: raise --budget or --cases"
	if interrupted {
		none = "no case was run: it was interrupted before the first one"
	}
	if v.Verdict == verdict.Invalid {
		ended := w.conditions.IsDown() || conditions.Overran(w.conditions)
		if ended || w.conditions.Places().Gone() != "" {
			v.Undecided = append(v.Undecided, w.conditions.Stopped())
		}
		return v
	}
	if why := cmp.Or(w.conditions.Stopped(), w.hasty(v)); why != "" {
		// What else is open most likely is because of that.
		v.Reasons, v.Undecided = nil, append(v.Undecided, v.Reasons...)
		return judge.Merge(v, trial.Unknown([]string{why}))
	}
	switch {
	case v.Judged.Cases == 0:
		v = judge.Merge(v, trial.Unknown([]string{none}))
	case v.Judged.Effects == 0 && w.plan.Rule == "":
		v = judge.Merge(v, trial.Unknown([]string{
			"no effect was seen in any ledger, so nothing was counted",
		}))
	}
	return v
}

// hastyShare is which part of the timeout answers may take in the warm-up, where a client that
// gives up is to be the exception: as many of so many parts.
const hastyShare, hastyOf = 9, 10

// hasty says that clients give up before the service answers, where that left something open; ""
// where they do not, or nothing is open.
func (w *swept) hasty(v verdict.Verdict) string {
	if w.virtual || v.Verdict != verdict.Unknown {
		return ""
	}
	limit := w.contract.Timeout()
	for _, typ := range slices.Sorted(maps.Keys(w.works)) {
		if took := w.works[typ]; took*hastyOf >= limit*hastyShare {
			return fmt.Sprintf("operation %s is answered after %s, and clients give up after %s: "+
				"set target.timeout: auto, or a longer one", typ, conditions.Short(took), limit)
		}
	}
	return ""
}

// named says in a verdict which cases were under way when the service went down as a whole, if it
// did.
func (w *swept) named(v verdict.Verdict) verdict.Verdict {
	at, after, down := w.conditions.DownSince()
	if !down {
		return v
	}
	v.Outage = &verdict.Outage{Since: value.Duration(after), Cases: w.ran.At(at)}
	scenario := func(i int) string { return w.plan.Cases[i].Scenario }
	said := underway.Sentence(v.Outage.Cases, scenario)
	why := w.conditions.Stopped()
	for _, lines := range [][]string{v.Reasons, v.Undecided} {
		if i := slices.Index(lines, why); i >= 0 {
			lines[i] = why + "; cases under way then: " + said
		}
	}
	return v
}
