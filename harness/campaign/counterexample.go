package campaign

import "github.com/idemcheck/idemcheck/model"

// PlanIn returns the plan that replays f alone: of the plan in which it was found, with the rule
// that it broke and how often it broke it again.
func (f *Found) PlanIn(p *model.Plan) *model.Plan {
	out := *p
	out.Rule, out.Cases, out.Novelty = f.Violation.Rule, []model.Case{f.Case}, 0
	out.Reproduced, out.Replays = f.Reproduced, f.Replays
	out.Interference, out.Neighbours = f.Interference, f.Neighbours
	return &out
}

// describeFound turns a found case into the numbers of the verdict.
func describeFound(f *Found) *model.Counterexample {
	if f == nil {
		return nil
	}
	return &model.Counterexample{
		Operations: len(f.Case.Operations), Attempts: made(f.History), Faults: len(f.Case.Faults),
		Reproduced: f.Reproduced, Replays: f.Replays, Rule: f.Violation.Rule,
		Case: f.Case.Index, Scenario: f.Case.Scenario, Message: f.Violation.Message,
		Shrinking: f.Shrinking, Interference: f.Interference,
	}
}

// made counts the attempts of a history, those after everything healed included.
func made(h *model.History) int {
	n := 0
	for _, e := range h.Events {
		if e.Kind == model.Invoke {
			n++
		}
	}
	return n
}
