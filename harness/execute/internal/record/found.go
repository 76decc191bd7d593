package record

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Dated dates what was found after the last event by that one.
func Dated(events, found []model.Event) []model.Event {
	for i := range found {
		found[i].At = events[len(events)-1].At
	}
	return found
}

// Unreported returns an event for every planned fault that nothing was heard of.
func Unreported(faults []fault.Fault, events []model.Event) []model.Event {
	var out []model.Event
	for _, f := range faults {
		heard := slices.ContainsFunc(events, func(e model.Event) bool {
			return e.Kind == model.FaultReported && e.Fault.Kind == f.Kind &&
				e.Fault.Operation == f.Operation && e.Fault.Attempt == f.Attempt
		})
		if !heard {
			out = append(out, model.Event{
				Kind: model.FaultReported, Operation: f.Operation, Attempt: f.Attempt, Fault: &f,
				Detail: "its attempt was not made",
			})
		}
	}
	return out
}
