package scenarios

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Started returns the scenarios of [HTTP] and those that strike the process of a service: they
// apply to contracts that say how it is started. The caller may change the slice.
func Started() []plan.Scenario { return slices.Concat(HTTP(), processes()) }

// All returns every scenario of the catalogue. The caller may change the slice.
func All() []plan.Scenario { return slices.Concat(Virtual(), processes()) }

// processes are what strikes the process of a service.
func processes() []plan.Scenario {
	once, repeated := plan.Range{Min: 1, Max: 1}, plan.Range{Min: 1, Max: 1}
	return []plan.Scenario{
		{
			Name:   "process-crashes",
			Reason: "The process is killed while at work or as it answers, and starts again.",
			Faults: []fault.Kind{fault.Crash}, FaultCount: once, Repeats: repeated, Started: true,
			Rules: effects("stuck-key", "hollow-answer"),
		},
		{
			Name:   "rolling-restarts",
			Reason: "A deploy tells the process to end while it is at work, and starts another.",
			Faults: []fault.Kind{fault.Terminate}, FaultCount: once, Repeats: repeated, Started: true,
			Rules: effects("stuck-key", "hollow-answer"),
		},
		{
			Name:   "paused-process",
			Reason: "The process stands still for longer than its claims last, and goes on.",
			Faults: []fault.Kind{fault.Pause}, FaultCount: once, Started: true,
			Rules: effects("stuck-key"),
		},
	}
}
