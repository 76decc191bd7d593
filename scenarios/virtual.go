package scenarios

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Virtual returns the scenarios of [HTTP] and those that need what only a handler in memory has:
// virtual time, in which waiting for a day costs nothing, and an instance that may be killed. The
// caller may change the slice.
func Virtual() []plan.Scenario {
	return slices.Concat(HTTP(), []plan.Scenario{
		{
			Name:       "crashes",
			Reason:     "The service is killed while at work and starts again over what it had stored.",
			Faults:     []fault.Kind{fault.Crash},
			FaultCount: plan.Range{Min: 1, Max: 1},
			Rules:      effects("stuck-key", "hollow-answer"),
		},
		{
			Name:       "retention-edge",
			Reason:     "A retry comes just before or just after its key is forgotten.",
			Operations: plan.Range{Min: 1, Max: 2},
			Repeats:    plan.Range{Min: 1, Max: 2},
			Edge:       true,
			Rules:      effects("early-expiry", "late-answer"),
		},
	})
}
