package harness

import (
	"context"
	"errors"
	"time"
)

// caseGrace is what is left of cases under way when a run is interrupted or its budget is spent:
// they are finished, healed and saved, but nobody waits for a target that hangs. A run ends within
// three seconds; what follows after the cases takes moments.
const caseGrace = 1500 * time.Millisecond

// A case that was cut off is undecided: nobody knows how it would have ended.
var (
	errInterrupted = errors.New("the run was interrupted before the case was over")
	errBudget      = errors.New("the budget was spent before the case was over")
)

// cutOff is why a case was cut off, whose run's context is ctx.
func cutOff(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errBudget) {
		return errBudget
	}
	return errInterrupted
}

// inBudget returns a context that ends when the budget is spent. Virtual time needs no such end:
// what hangs there is over at once.
func (r *runner) inBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.deadline.IsZero() || r.Enter != nil {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, r.deadline, errBudget)
}

// notLongerThanUsual ends the shrinking when a case hangs although the budget is spent. stop is
// called when the case is over.
func (s *shrinker) notLongerThanUsual() (stop func()) {
	if s.runner.deadline.IsZero() || s.Enter != nil {
		return func() {}
	}
	limit := max(0, time.Until(s.runner.deadline)) + max(time.Second, 10*s.usual)
	timer := time.AfterFunc(limit, s.hangs)
	return func() { timer.Stop() }
}

// within returns the context of one case, which ends a while after the run's context did.
func (r *runner) within(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.caseLimit())
	if r.Enter != nil {
		return out, cancel
	}
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(caseGrace, cancel) })
	return out, func() { stop(); cancel() }
}

// caseLimit bounds one case.
func (r *runner) caseLimit() time.Duration {
	if r.Enter != nil {
		return virtualCaseLimit
	}
	return caseLimit
}
