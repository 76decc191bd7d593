package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
)

// timeoutFactor is how many times longer than nearly all answers of the warm-up a measured timeout
// is.
const timeoutFactor = 10

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
	if !r.exec.Contract.Target.AutoTimeout {
		return nil
	}
	was, now := r.exec.Contract.Timeout(), contract.MinTimeout
	for _, took := range r.exec.Service {
		for now < min(execute.MaxTimeout, timeoutFactor*took) {
			now = min(execute.MaxTimeout, 2*now)
		}
	}
	if now == was {
		return nil
	}
	r.exec.Contract = withTimeout(r.exec.Contract, now)
	r.conditions.Expect(now)
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
