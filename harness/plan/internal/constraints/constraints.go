// Package constraints says which faults may stand together in a case and how large a changed copy
// may be. It holds no dice.
package constraints

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// MaxFaulted is how many attempts of one operation may have a planned fault, so that it gets
// through.
const MaxFaulted = 3

// Extend gives operations the attempts that their faults need, and a retry after the last one with
// a fault. Attempts up to there are made whatever the answers.
func Extend(c *model.Case) {
	for i := range c.Operations {
		op := &c.Operations[i]
		last := LastFault(c, op.ID)
		for last > 0 && len(op.Attempts) < last+1 {
			op.Attempts = append(op.Attempts, model.PlannedAttempt{})
		}
		for j := range min(last+1, len(op.Attempts)) {
			op.Attempts[j].Repeat = op.Attempts[j].Repeat || last > 0
		}
	}
}

// LastFault is the number of the last attempt of an operation that has a fault.
func LastFault(c *model.Case, op string) (last int) {
	for _, f := range c.Faults {
		if f.Operation == op {
			last = max(last, lastOf(f))
		}
	}
	return last
}

// lastOf is the last attempt that a fault needs.
func lastOf(f fault.Fault) int {
	last := f.Attempt + max(f.Copies, 1) - 1
	if f.Kind.Traits().NeedsNext {
		return max(last, f.Attempt+1)
	}
	return last
}

// The bounds of a changed copy, so that it stays a small case and ends soon: rounds of copies wait
// for one another.
const (
	maxOperations, maxFaults, maxAttempts = 4, 4, 6
	maxWait                               = value.Duration(100 * time.Millisecond)
)

// IsSmall reports whether a case is small and quick.
func IsSmall(c *model.Case) bool {
	for _, op := range c.Operations {
		tooLong := func(a model.PlannedAttempt) bool { return a.After > maxWait }
		if len(op.Attempts) > maxAttempts || slices.ContainsFunc(op.Attempts, tooLong) {
			return false
		}
	}
	for _, f := range c.Faults {
		if f.RetryAfter == "1" || f.RetryAfter == "date" {
			return false
		}
	}
	return len(c.Operations) <= maxOperations && len(c.Faults) <= maxFaults
}

// Satisfied reports whether all faults of a case can surely fire: no attempt has two, one that
// concerns all operations stands alone, and one that must find the service at work finds an
// operation that it has not seen and does not refuse at once.
func Satisfied(c *model.Case) bool {
	for i := range c.Operations {
		if twoFaultsMeet(c, &c.Operations[i]) {
			return false
		}
	}
	return !slices.ContainsFunc(c.Faults, func(f fault.Fault) bool { return !hasPlace(c, f) })
}

// hasPlace reports whether a fault finds work, and no other one spoils it.
func hasPlace(c *model.Case, f fault.Fault) bool {
	return findsWork(c, f) && (!f.Kind.Traits().AffectsAll || alone(c, f))
}

// alone reports whether no other fault is planned beside one, except those that keep earlier
// attempts of its own operation from arriving.
func alone(c *model.Case, f fault.Fault) bool {
	return !slices.ContainsFunc(c.Faults, func(other fault.Fault) bool {
		before := other.Operation == f.Operation && other.Attempt < f.Attempt
		harmless := before && f.Kind.Traits().NeedsWork && other.Kind.Traits().NeverArrives
		return other != f && !harmless
	})
}

// twoFaultsMeet reports whether two faults are planned for one attempt.
func twoFaultsMeet(c *model.Case, op *model.PlannedOperation) bool {
	for n := range op.Attempts {
		if len(c.FaultsAt(op.ID, n+1)) > 1 {
			return true
		}
	}
	return false
}

// findsWork reports whether a fault that needs it finds the service at work: the operation is not
// refused, and all attempts before the fault never arrive.
func findsWork(c *model.Case, f fault.Fault) bool {
	if is := f.Kind.Traits(); !is.NeedsWork {
		return !is.Lingers || !contested(c, f.Operation, is.AffectsAll)
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

// contested reports whether another operation has the key or the payload of one, or of any: a right
// service may answer the later of the two without any work, and where requests of both are under
// way nobody can tell which is the later.
func contested(c *model.Case, id string, anyOther bool) bool {
	for i, a := range c.Operations {
		for _, b := range c.Operations[i+1:] {
			related := a.Tenant == b.Tenant && a.Type == b.Type &&
				(a.Key == b.Key || a.CorrelationID == b.CorrelationID)
			if related && (anyOther || a.ID == id || b.ID == id) {
				return true
			}
		}
	}
	return false
}

// OneAttempt reports whether a fault of a kind is made of one request of one attempt.
func OneAttempt(kind fault.Kind) bool {
	is := kind.Traits()
	return is.Copied == fault.Single && !is.NeedsNext && !is.Doubles
}

// Allowed leaves of a case what its contract lets be tried: no other faults, and one attempt of
// what is sent once.
func Allowed(c *model.Case, contract *model.Contract) {
	c.Faults = slices.DeleteFunc(c.Faults, func(f fault.Fault) bool {
		return !contract.Faults.Has(string(f.Kind))
	})
	sendOnce(c, contract)
}

// sendOnce leaves one attempt of every operation that is never sent again, with the faults that it
// may have.
func sendOnce(c *model.Case, contract *model.Contract) {
	once := func(op string) bool { return contract.Operations[c.Operation(op).Type].SentOnce() }
	c.Faults = slices.DeleteFunc(c.Faults, func(f fault.Fault) bool {
		return c.Operation(f.Operation) != nil && once(f.Operation) &&
			(f.Attempt > 1 || !OneAttempt(f.Kind))
	})
	for i := range c.Operations {
		if op := &c.Operations[i]; once(op.ID) && len(op.Attempts) > 1 {
			op.Attempts = op.Attempts[:1]
		}
	}
}
