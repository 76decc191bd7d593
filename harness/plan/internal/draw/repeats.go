package draw

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// Repeats draws repeats after the answer.
func Repeats(d *Draft) {
	if d.Scenario.Repeats == (scenario.Range{}) {
		return
	}
	for i := range d.Case.Operations {
		op := &d.Case.Operations[i]
		for range d.In(d.Scenario.Repeats, "repeats") {
			after := pause(d)
			op.Attempts = append(op.Attempts, model.PlannedAttempt{After: after, Repeat: true})
		}
	}
}

// pause draws the wait before a repeat.
func pause(d *Draft) value.Duration {
	if !d.Scenario.Edge {
		return d.Micros(d.Scenario.Pause/2, max(d.Scenario.Pause, 5*time.Millisecond), "pause")
	}
	retention := d.contract.Promises.Retention.Std()
	distance := dice.Pick(d.Dice, []time.Duration{time.Second, time.Minute, time.Hour}, "distance")
	if d.Between(0, 1, "side of the edge") == 0 {
		nearest := min(distance, retention/2)
		return value.Duration(retention) - d.Micros(time.Millisecond, nearest, "inside")
	}
	// Not much further than the retention itself: a short one is meant to be waited for.
	return value.Duration(retention) +
		d.Micros(min(time.Second, retention/2), min(distance, retention), "outside")
}

// Retries gives an operation its attempts, all of them made whatever the answers, and a retry after
// the last with a fault: all at once or, if they may wait, all after a backoff. Copies that all
// come from the client are repeats already, and one follows after everything healed.
func Retries(d *Draft, op *model.PlannedOperation, mayWait bool) {
	last := constraints.LastFault(&d.Case, op.ID)
	if last == 0 {
		return
	}
	waits := mayWait && d.Between(0, 1, "back off") == 1
	n := last + 1
	if copied(d.Case.Faults, op.ID, last) {
		n = last
	}
	op.Attempts = make([]model.PlannedAttempt, n)
	for i := range op.Attempts {
		op.Attempts[i].Repeat = true
		if waits && i > 0 {
			op.Attempts[i].After = d.Backoff(i)
		}
	}
}

// copied reports whether attempt n of an operation is one of several that its client makes by plan.
func copied(faults []fault.Fault, op string, n int) bool {
	return slices.ContainsFunc(faults, func(f fault.Fault) bool {
		return f.Operation == op && f.Copies > 1 && f.Attempt+f.Copies-1 == n
	})
}
