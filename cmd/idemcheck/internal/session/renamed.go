package session

import (
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Renamed says which scenarios of a saved run have other names now.
func Renamed(v *verdict.Verdict) []string {
	names := lists.Map(v.Violations, func(found verdict.Violation) string { return found.Scenario })
	if v.Counterexample != nil {
		names = append(names, v.Counterexample.Scenario)
	}
	further := lists.Map(v.Further, func(c verdict.Counterexample) string { return c.Scenario })
	return scenarios.Renamed(append(names, further...))
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
	notes := lists.Map(list, func(s plan.Scenario) string { return s.Note })
	return lists.Where(notes, func(note string) bool { return note != "" })
}
