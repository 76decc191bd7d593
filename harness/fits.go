package harness

import "github.com/idemcheck/idemcheck/model"

// extendAll gives operations the attempts that their faults need, and a retry after the last that
// is struck. Attempts up to there are made whatever the answers.
func extendAll(c *model.Case) {
	for i := range c.Operations {
		op := &c.Operations[i]
		last := lastStruck(c, op.ID)
		for last > 0 && len(op.Attempts) < last+1 {
			op.Attempts = append(op.Attempts, model.PlannedAttempt{})
		}
		for j := range min(last+1, len(op.Attempts)) {
			op.Attempts[j].Repeat = op.Attempts[j].Repeat || last > 0
		}
	}
}

// fits tells whether all faults of a case can surely fire, and whether the case is small: no attempt
// is struck twice, a partition stands alone, and what must find the service at work finds an
// operation that it has not seen.
func fits(c *model.Case) bool {
	if len(c.Operations) > mostMutantOperations || len(c.Faults) > mostMutantFaults {
		return false
	}
	for i := range c.Operations {
		op := &c.Operations[i]
		if len(op.Attempts) > mostMutantAttempts || struckTwice(c, op) {
			return false
		}
	}
	for _, f := range c.Faults {
		if f.Kind == model.Partition && len(c.Faults) > 1 || !fresh(c, f) {
			return false
		}
	}
	return true
}

// struckTwice tells whether two faults strike one attempt.
func struckTwice(c *model.Case, op *model.PlannedOperation) bool {
	for n := range op.Attempts {
		if len(c.FaultsAt(op.ID, n+1)) > 1 {
			return true
		}
	}
	return false
}

// fresh tells whether a fault that needs it finds an operation that the service has not seen: all
// attempts before it never arrive.
func fresh(c *model.Case, f model.Fault) bool {
	if !needsFresh(f.Kind) {
		return true
	}
	for n := 1; n < f.Attempt; n++ {
		before := c.FaultsAt(f.Operation, n)
		if len(before) == 0 || before[0].Kind != model.RequestLost && before[0].Kind != model.Refused {
			return false
		}
	}
	return true
}
