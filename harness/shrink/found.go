package shrink

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan/simplify"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/judge/declare"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Found is a case that broke a rule.
type Found struct {
	Case      model.Case
	History   *model.History
	Violation verdict.Violation
	// Reproduced says how often of Replays it broke the rule again.
	Reproduced, Replays int
	// Shrinking says how it came to be; nil when nothing smaller was tried.
	Shrinking *verdict.Shrinking
	// Interference says that it breaks the rule only beside operations with other keys; nil otherwise.
	// Neighbours are the cases beside it that it then needs.
	Interference *model.Interference
	Neighbours   []model.Case
}

// PlanIn returns the plan that replays f alone: of the plan in which it was found, with the rule
// that it broke and how often it broke it again.
func (f *Found) PlanIn(p *model.Plan) *model.Plan {
	out := *p
	out.Rule, out.Cases, out.Novelty = f.Violation.Rule, []model.Case{f.Case}, 0
	out.Reproduced, out.Replays = f.Reproduced, f.Replays
	out.Interference, out.Neighbours = f.Interference, f.Neighbours
	return &out
}

// Describe turns a found case into the numbers of the verdict, by the contract that it breaks; nil
// into nil.
func (f *Found) Describe(by *execute.Executor) *verdict.Counterexample {
	if f == nil {
		return nil
	}
	var declared model.State
	if judge.RuleOf(f.Violation.Rule).Harms() {
		declared = declare.State(f.History, by.Contract, by.Spec)
	}
	return &verdict.Counterexample{
		Declared:   declared,
		Operations: len(f.Case.Operations), Attempts: made(f.History), Faults: len(f.Case.Faults),
		Reproduced: f.Reproduced, Replays: f.Replays, Rule: f.Violation.Rule,
		Case: f.Case.Index, Scenario: f.Case.Scenario, Message: f.Violation.Message,
		Shrinking: f.Shrinking, Interference: f.Interference, Traces: traces(f.History),
	}
}

// traces are those of the operations of a history, by their IDs.
func traces(h *model.History) map[string]string {
	out := map[string]string{}
	for i := range h.Operations {
		if op := &h.Operations[i]; op.Trace != "" {
			out[op.ID] = op.Trace
		}
	}
	return out
}

// made counts the attempts of a history, those after everything healed included.
func made(h *model.History) int {
	return len(lists.Where(h.Events, func(e model.Event) bool { return e.Kind == model.Invoke }))
}

// small reports whether nobody would look for a smaller counterexample.
func (f *Found) small() bool {
	return smallPlan(&f.Case) && f.Reproduced >= enough
}

func smallPlan(c *model.Case) bool {
	return len(c.Operations) <= maxOperations && len(c.Faults) <= maxFaults
}

// simple reports whether a counterexample is small, needs no fault and reproduced every time.
func (f *Found) simple() bool {
	return f.small() && len(f.Case.Faults) == 0 && f.Reproduced == f.Replays
}

// cost orders counterexamples: one that does not reproduce is worse than any that does.
func (f *Found) cost() int {
	cost := len(f.Case.Operations) + len(f.Case.Faults)
	if f.Reproduced < enough {
		cost += 1000 * (enough - f.Reproduced)
	}
	return cost
}

// own is the case with those operations only that carry a key of the violation's; others are the
// rest.
func (f *Found) own() (own model.Case, others []string) {
	keys := f.keys()
	id := func(op model.PlannedOperation) string { return op.ID }
	kept := lists.Map(lists.Where(f.Case.Operations, func(op model.PlannedOperation) bool {
		return keys[op.Key.Name]
	}), id)
	all := lists.Map(f.Case.Operations, id)
	others = lists.Where(all, func(id string) bool { return !slices.Contains(kept, id) })
	return simplify.KeepOperations(f.Case, kept), others
}

// keys are the names of the keys of the operations that the violation names.
func (f *Found) keys() map[string]bool {
	out := map[string]bool{}
	for _, op := range f.Case.Operations {
		if slices.Contains(f.Violation.Operations, op.ID) {
			out[op.Key.Name] = true
		}
	}
	return out
}

// need makes a counterexample one with the neighbours of a comparison, with which some replays
// broke its rule or one that says the same. It then stands for the rule that most of them broke:
// which one that is hangs on who was in time.
func (f *Found) need(c comparison, broke []step, rounds int) {
	count := map[string]int{}
	for _, b := range broke {
		count[b.found.Rule]++
	}
	best := slices.MaxFunc(broke, func(a, b step) int {
		return cmp.Compare(count[a.found.Rule], count[b.found.Rule])
	})
	f.Case, f.History, f.Violation, f.Neighbours = best.plan, best.history, best.found, c.cases
	f.Reproduced, f.Replays = len(broke), rounds // that is how it can be replayed
	f.Interference = &model.Interference{
		Cases: len(c.cases), Reproduced: len(broke), Replays: rounds,
		Lost: judge.RuleOf(best.found.Rule).ExecutesAgain() && f.manner() != raced,
	}
	if len(c.cases) == 0 {
		_, f.Interference.Operations = f.own()
	}
}

// explains reports whether a violation that was seen in some manner most likely has the same cause
// as a counterexample: it says the same or follows from it, and came about in the same manner. What
// breaks without any fault breaks beside faults too.
func (f *Found) explains(v verdict.Violation, seen string) bool {
	how := f.manner()
	follows := judge.RuleOf(f.Violation.Rule).ExecutesAgain() &&
		judge.RuleOf(v.Rule).FollowsExecutingAgain()
	return (v.Rule == f.Violation.Rule || follows) && (how == plainly || how == seen)
}

// symptom reports whether a rule is seldom broken without that of the counterexample.
func (f *Found) symptom(rule string, all []*trial.Trial) bool {
	if rule == f.Violation.Rule {
		return false
	}
	broke := breaking(all, rule)
	both := breaking(broke, f.Violation.Rule)
	return len(both)*symptomShare >= len(broke) && len(both) > 0
}

// breaking lists the trials in which a rule was broken.
func breaking(all []*trial.Trial, rule string) []*trial.Trial {
	return lists.Where(all, func(o *trial.Trial) bool { return pinned(o.Verdict, rule) != nil })
}

// manner is how the counterexample's violation came about.
func (f *Found) manner() string { return manner(&f.Case, f.History, f.Violation.Operations) }
