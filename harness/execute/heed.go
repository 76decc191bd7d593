package execute

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// heed learns from what came of an attempt what a run must know besides: that the credentials work,
// that the rate is limited, that credentials are refused. Where the reason may lie in the key or in
// the service as a whole, a reading is sent: it has no key.
func (s *sender) heed(ctx context.Context, op *bound, a chaos.Attempt, out chaos.Completion) {
	c := s.executor.Conditions
	throttledByUs := slices.ContainsFunc(s.binding.plan.FaultsAt(a.Operation, a.Number),
		func(f fault.Fault) bool { return f.Kind.Traits().Throttles })
	if c == nil || throttledByUs {
		return
	}
	s.heedOutage(op, a, out)
	s.heedFailure(op, a, out)
	if out.Answer == nil {
		if a.Final {
			s.binding.observer.Probe(ctx, op.Tenant)
		}
		return
	}
	status := out.Answer.Status
	outcome := s.executor.Contract.Outcome(op.record, out.Answer)
	switch {
	case outcome == model.OK:
		c.Allowed(op.Tenant, http.StatusOK)
	case s.executor.Contract.Renews(op.Tenant, status): // the next attempt has another session
	case outcome == model.Info && conditions.Unauthorized(status):
		if !s.binding.observer.Probe(ctx, op.Tenant) {
			c.Allowed(op.Tenant, status)
		}
	case slices.Contains(s.executor.Contract.Promises.InFlight, status):
	default:
		c.Refused(op.name(), status, out.RetryAfter)
	}
}

// heedOutage learns from an attempt whether the service still answers. Faults act until
// everything has healed, so that failures count after that.
func (s *sender) heedOutage(op *bound, a chaos.Attempt, out chaos.Completion) {
	c, met := s.executor.Contract, s.executor.Conditions
	switch {
	case c.Outcome(op.record, out.Answer) != model.Info:
		met.Works()
	case !a.Final, c.InVain(op.record, out.Answer):
	case out.Answer == nil:
		met.Fails(op.name(), "nothing ("+out.Err+")")
	case out.Answer.Status >= http.StatusInternalServerError:
		met.Fails(op.name(), fmt.Sprint(out.Answer.Status))
	}
}

// heedFailure files whether the service failed an operation where neither a fault nor the contract
// explains it.
func (s *sender) heedFailure(op *bound, a chaos.Attempt, out chaos.Completion) {
	c, faulty := s.executor.Contract, len(s.binding.plan.Faults) > 0 && !a.Final
	if faulty || out.Answer == nil || c.InVain(op.record, out.Answer) {
		return
	}
	declared, status := slices.Concat(c.Promises.Transient, c.Promises.InFlight), out.Answer.Status
	if !slices.Contains(declared, status) {
		conditions.Served(s.executor.Conditions, op.name(), status)
	}
}
