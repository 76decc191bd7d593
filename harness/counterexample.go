package harness

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
