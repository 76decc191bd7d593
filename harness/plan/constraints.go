package plan

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

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

// The most that a mutant may hold and how long it may wait before an attempt, so that it stays a
// small case and ends soon: rounds of mutants wait for one another.
const (
	mostMutantOperations, mostMutantFaults, mostMutantAttempts = 4, 4, 6
	mostMutantWait                                             = value.Duration(100 * time.Millisecond)
)

// handy tells whether a case is small and quick.
func handy(c *model.Case) bool {
	for _, op := range c.Operations {
		tooLong := func(a model.PlannedAttempt) bool { return a.After > mostMutantWait }
		if len(op.Attempts) > mostMutantAttempts || slices.ContainsFunc(op.Attempts, tooLong) {
			return false
		}
	}
	for _, f := range c.Faults {
		if f.RetryAfter == "1" || f.RetryAfter == "date" {
			return false
		}
	}
	return len(c.Operations) <= mostMutantOperations && len(c.Faults) <= mostMutantFaults
}

// fits tells whether all faults of a case can surely fire: no attempt is struck twice, what strikes
// everything stands alone, and what must find the service at work finds an operation that it has
// not seen and does not turn away at once.
func fits(c *model.Case) bool {
	for i := range c.Operations {
		if struckTwice(c, &c.Operations[i]) {
			return false
		}
	}
	for _, f := range c.Faults {
		if !fresh(c, f) || f.Kind.Traits().StrikesAll && !alone(c, f) {
			return false
		}
	}
	return true
}

// alone tells whether nothing strikes beside a fault but what keeps earlier attempts of its own
// operation from arriving.
func alone(c *model.Case, f fault.Fault) bool {
	for _, other := range c.Faults {
		before := other.Operation == f.Operation && other.Attempt < f.Attempt
		harmless := before && f.Kind.Traits().NeedsWork && other.Kind.Traits().NeverArrives
		if other != f && !harmless {
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

// fresh tells whether a fault that needs it finds the service at work: the operation is not turned
// away, and all attempts before the fault never arrive.
func fresh(c *model.Case, f fault.Fault) bool {
	if is := f.Kind.Traits(); !is.NeedsWork {
		return !is.Lingers || !contested(c, f.Operation, is.StrikesAll)
	}
	op := c.Operation(f.Operation)
	if op.Key.Style == model.KeyMissing || op.Key.Style.Malformed() || contested(c, op.ID, false) {
		return false
	}
	for n := 1; n < f.Attempt; n++ {
		before := c.FaultsAt(f.Operation, n)
		if len(before) == 0 || !before[0].Kind.Traits().NeverArrives {
			return false
		}
	}
	return true
}

// contested tells whether another operation has the key or the payload of one, or of any: a right
// service may answer the later of the two without any work, and where requests of both are under
// way nobody can tell which is the later.
func contested(c *model.Case, id string, anyOther bool) bool {
	for i, a := range c.Operations {
		for _, b := range c.Operations[i+1:] {
			related := a.Tenant == b.Tenant && a.Type == b.Type && (a.Key == b.Key || a.Mark == b.Mark)
			if related && (anyOther || a.ID == id || b.ID == id) {
				return true
			}
		}
	}
	return false
}
