package harness

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

const (
	// maxTimeout bounds a timeout that is measured or lengthened, and is that of the warm-up.
	maxTimeout = 5 * time.Second
	// timeoutFactor is how many times longer than nearly all answers of the warm-up a measured
	// timeout is, and stretchFactor how many times the lateness of the moment it is lengthened by.
	timeoutFactor, stretchFactor = 10, 4
	// lately is how far back lateness counts for the next attempt.
	lately = 2 * time.Second
)

// withTimeout returns a copy of a contract with another timeout.
func withTimeout(c *model.Contract, limit time.Duration) *model.Contract {
	out := *c
	out.Target.Timeout = model.Duration(limit)
	return &out
}

// fit measures the timeout of a contract that leaves it to us, before anything of the plan runs: a
// multiple of the time that the slowest type takes when the target is not busy. It is one of few
// values, so that the same target has the same one again. The plan's faults that were drawn for
// another timeout are fitted to it, and the plan is saved with it, so that it replays the same.
func (r *runner) fit(context.Context) error {
	if !r.contract.Target.AutoTimeout {
		return nil
	}
	was, now := timeout(r.contract), contract.MinTimeout
	for _, took := range r.service {
		for now < min(maxTimeout, timeoutFactor*took) {
			now = min(maxTimeout, 2*now)
		}
	}
	if now == was {
		return nil
	}
	r.contract = withTimeout(r.contract, now)
	r.conditions.expect(now)
	r.Plan.Contract.Target.Timeout = model.Duration(now)
	r.Plan.Cases = slices.Clone(r.Plan.Cases)
	for i := range r.Plan.Cases {
		r.Plan.Cases[i].Faults = fitted(r.Plan.Cases[i].Faults, was, now)
	}
	return r.save("its timeout")
}

// save saves the plan with what was found out.
func (r *runner) save(what string) error {
	if r.Grow == nil {
		return nil
	}
	if err := r.Grow(r.Plan); err != nil {
		return fmt.Errorf("saving the plan with %s: %w", what, err)
	}
	return nil
}

// fitted returns faults that were drawn for one timeout as they are for another.
func fitted(faults []model.Fault, was, now time.Duration) []model.Fault {
	out := slices.Clone(faults)
	for i := range out {
		if f := &out[i]; f.Kind == model.LateArrival || f.Kind == model.Partition {
			span := time.Duration(float64(f.Span.Std()) * float64(now) / float64(was))
			f.Span = model.Duration(span.Truncate(time.Microsecond))
		}
	}
	return out
}

// patience is when the client of an attempt gives up: later than planned where the contract leaves
// that to us and the machine or the target is late. A client that is to give up does so as planned.
func (r *runner) patience(c *model.Case, operation string, attempt int) time.Duration {
	limit := timeout(r.contract)
	if !r.contract.Target.AutoTimeout || r.conditions == nil || givesUp(c, operation, attempt) {
		return limit
	}
	now := time.Now()
	late := r.conditions.lateness(window{now.Add(-lately), now})
	return min(max(limit, maxTimeout), limit+stretchFactor*late)
}

// givesUp reports whether a fault lets an attempt wait for its timeout.
func givesUp(c *model.Case, operation string, attempt int) bool {
	return slices.ContainsFunc(c.FaultsAt(operation, attempt), func(f model.Fault) bool {
		switch f.Kind {
		case model.RequestLost, model.ResponseLost, model.LateArrival, model.Partition:
			return true
		}
		return false
	})
}
