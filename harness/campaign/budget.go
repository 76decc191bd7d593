package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// caseGrace is what is left of cases under way when a run is interrupted or its budget is spent:
// they are finished, healed and saved, but nobody waits for a target that hangs. A run ends within
// three seconds; what follows after the cases takes moments. A spent budget leaves no more than
// that (see [runner.overrun]).
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

// overrun is how much longer than its budget a run may take: a tenth of it and one recovery bound.
// Cases under way get half of it to come to an end, and a quarter goes to what a violation needs
// besides; the rest is for reports, and for a busy machine.
func (r *runner) overrun() time.Duration { return r.Budget/10 + r.exec.Contract.Recovery() }

// inProof returns a context that ends when a violation must have its counterexample.
func (r *runner) inProof(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.deadline.IsZero() || r.Enter != nil {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, r.deadline.Add(r.overrun()/4), errBudget)
}

// shrinkUntil is until when smaller cases are tried, where a case of the run took so long. Once the
// budget is spent, what is left of [runner.inProof] goes half to them and half to the last replays.
func (r *runner) shrinkUntil(took time.Duration) time.Time {
	out := time.Now().Add(r.shrinkBudget(took))
	if last := r.deadline.Add(r.overrun() / 8); !r.deadline.IsZero() && last.Before(out) {
		return last
	}
	return out
}

// late tells whether no case should be begun any more: the budget is spent or, once a violation was
// seen, what is left of it is for its counterexample. The caller holds the lock, or nobody else is
// at work.
func (s *sweep) late() bool {
	if s.worst != model.Invalid || s.deadline.IsZero() {
		return s.runner.late()
	}
	return time.Now().After(s.deadline.Add(-min(defaultShrinkBudget, s.Budget/shrinkShare)))
}

// shrinkShare is which part of a budget is left for shrinking at most, as one of so many.
const shrinkShare = 5

// grace is how long cases under way go on when their run's context ended.
func (r *runner) grace(ctx context.Context) time.Duration {
	if errors.Is(context.Cause(ctx), errBudget) {
		return min(caseGrace, r.overrun()/2)
	}
	return caseGrace
}

// within returns the context of one case, which ends a while after the run's context did.
func (r *runner) within(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.caseLimit())
	if r.Enter != nil {
		return out, cancel
	}
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(r.grace(ctx), cancel) })
	return out, func() { stop(); cancel() }
}

// caseLimit bounds one case.
func (r *runner) caseLimit() time.Duration {
	if r.Enter != nil {
		return virtualCaseLimit
	}
	return caseLimit
}

// virtualCaseLimit bounds a case in virtual time, where waiting for days costs nothing.
const virtualCaseLimit = 1000 * 24 * time.Hour
