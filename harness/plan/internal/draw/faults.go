package draw

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// faults draws for which attempts faults are planned. A later attempt of an operation gets one only
// when all before it have one, so faults get rarer with each attempt.
func faults(d *Draft, s kinds.Inputs) {
	if len(d.Scenario.Faults) == 0 || len(d.Case.Faults) > 0 { // the shape may have placed its own
		return
	}
	taken := map[string]int{} // attempts with a fault, by operation
	for range d.In(d.Scenario.FaultCount.Or(1, 2), "number of faults") {
		op := &d.Case.Operations[d.Between(0, len(d.Case.Operations)-1, "operation with the fault")]
		if taken[op.ID] >= constraints.MaxFaulted {
			continue
		}
		kind := dice.Pick(d.Dice, d.Scenario.Faults, "fault")
		if !kinds.Beside(kind, d.Case.Faults, taken[op.ID] == 0) {
			continue
		}
		f := kinds.Draw(d.Dice, kind, s)
		f.Operation, f.Attempt = op.ID, taken[op.ID]+1
		d.Case.Faults = append(d.Case.Faults, f)
		taken[op.ID] += max(1, f.Copies)
	}
	for i := range d.Case.Operations {
		op := &d.Case.Operations[i]
		extend(d, op, taken[op.ID])
	}
}

// extend gives an operation an attempt for each of n faults, all of them made whatever the answers,
// and a retry after the last.
func extend(d *Draft, op *model.PlannedOperation, n int) {
	if n == 0 {
		return
	}
	op.Attempts = make([]model.PlannedAttempt, n+1)
	for i := range op.Attempts {
		op.Attempts[i].Repeat = true
		if i > 0 {
			op.Attempts[i].After = comeBack(d, op.ID, i)
		}
	}
}

// comeBack draws the wait after attempt n, which had a fault. A client that hung up, or that a
// gateway sent away, comes back at once in half of the cases, while the service is still at work,
// or else after a while.
func comeBack(d *Draft, op string, n int) value.Duration {
	hungUp := slices.ContainsFunc(d.Case.Faults, func(f fault.Fault) bool {
		return f.Kind.Traits().LeavesEarly && f.Operation == op && f.Attempt == n
	})
	if hungUp && d.Between(0, 1, "at once") == 0 {
		return 0
	}
	return d.Backoff(n)
}
