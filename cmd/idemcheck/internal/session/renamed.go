package session

import (
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Renamed says which scenarios of a saved run have other names now.
func Renamed(v *verdict.Verdict) []string {
	var names []string
	for i := range v.Violations {
		names = append(names, v.Violations[i].Scenario)
	}
	if v.Counterexample != nil {
		names = append(names, v.Counterexample.Scenario)
	}
	for i := range v.Further {
		names = append(names, v.Further[i].Scenario)
	}
	return scenarios.Renamed(names)
}

// renamedIn says which scenarios of a saved plan have other names now.
func renamedIn(p *model.Plan) []string {
	var names []string
	for i := range p.Cases {
		names = append(names, p.Cases[i].Scenario)
	}
	return scenarios.Renamed(names)
}

// notesOf lists what there is to say about chosen scenarios.
func notesOf(list []plan.Scenario) []string {
	var out []string
	for _, s := range list {
		if s.Note != "" {
			out = append(out, s.Note)
		}
	}
	return out
}
