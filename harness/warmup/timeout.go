package warmup

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// timeoutFactor is how many times longer than nearly all answers of the warm-up a measured timeout
// is.
const timeoutFactor = 10

// withTimeout returns a copy of a contract with another timeout.
func withTimeout(c *model.Contract, limit time.Duration) *model.Contract {
	out := *c
	out.Target.Timeout = value.Duration(limit)
	return &out
}

// learnTimeout measures the timeout of a contract that leaves it to us, before anything of the plan
// runs: a multiple of the time that the slowest type takes when the target is not busy. It is one
// of few values, so that the same target has the same one again. The plan's faults that were drawn
// for another timeout are fitted to it, and the plan is saved with it, so that it replays the same.
func learnTimeout(_ context.Context, r *trial.Runner, p *model.Plan) (lesson, error) {
	if !r.Exec.Contract.Target.AutoTimeout {
		return lesson{}, nil
	}
	was, now := r.Exec.Contract.Timeout(), contract.MinTimeout
	for _, took := range r.Exec.Service {
		for now < min(execute.MaxTimeout, timeoutFactor*took) {
			now = min(execute.MaxTimeout, 2*now)
		}
	}
	if now == was {
		return lesson{}, nil
	}
	r.Conditions.Expect(now)
	p.Contract.Target.Timeout = value.Duration(now)
	p.Cases = slices.Clone(p.Cases)
	for i := range p.Cases {
		p.Cases[i].Faults = fitted(p.Cases[i].Faults, was, now)
	}
	return lesson{what: "its timeout", runner: r.By(withTimeout(r.Exec.Contract, now))}, nil
}

// fitted returns faults that were drawn for one timeout as they are for another.
func fitted(faults []fault.Fault, was, now time.Duration) []fault.Fault {
	return lists.Map(faults, func(f fault.Fault) fault.Fault { return stretched(f, was, now) })
}

// stretched is a fault that lasts as long in proportion to the new timeout, if that matters to it.
func stretched(f fault.Fault, was, now time.Duration) fault.Fault {
	if f.Kind.Traits().FollowsTimeout {
		span := time.Duration(float64(f.Span.Std()) * float64(now) / float64(was))
		f.Span = value.Duration(span.Truncate(time.Microsecond))
	}
	return f
}
