package trial

import (
	"context"
	"errors"
	"time"
)

// caseGrace is what is left of cases under way when a run is interrupted or its budget is spent:
// they are finished, healed and saved, but nobody waits for a target that hangs. A run ends within
// three seconds; what follows after the cases takes moments. A spent budget leaves no more than
// that (see [budget.overrun]).
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

// Budget is how long a run may take. Recovery, where a function asks for it, is the contract's
// bound.
type Budget struct {
	total time.Duration
	// end is when it is spent; zero when there is none.
	end time.Time
	// virtual time needs no context that ends: what hangs there is over at once.
	virtual bool
}

// newBudget counts from now on; zero means that there is no end.
func newBudget(total time.Duration, virtual bool) Budget {
	b := Budget{total: total, virtual: virtual}
	if total > 0 {
		b.end = time.Now().Add(total)
	}
	return b
}

// Late reports whether the budget is spent but for a part that is kept.
func (b Budget) Late(kept time.Duration) bool {
	return !b.end.IsZero() && time.Now().After(b.end.Add(-kept))
}

// Share is a part of the budget, as one of so many, and maxTime at most; zero without a budget.
func (b Budget) Share(parts int, maxTime time.Duration) time.Duration {
	return min(maxTime, b.total/time.Duration(parts))
}

// Before is a time, or the end of the budget if that comes first.
func (b Budget) Before(at time.Time) time.Time {
	if !b.end.IsZero() && b.end.Before(at) {
		return b.end
	}
	return at
}

// overrun is how much longer than its budget a run may take: a tenth of it and one recovery bound.
// Cases under way get half of it to come to an end, and a quarter goes to what a violation needs
// besides; the rest is for reports, and for a busy machine.
func (b Budget) overrun(recovery time.Duration) time.Duration { return b.total/10 + recovery }

// InRun returns a context that ends when the budget is spent.
func (b Budget) InRun(ctx context.Context) (context.Context, context.CancelFunc) {
	return b.until(ctx, b.end)
}

// InProof returns a context that ends when a violation must have its counterexample.
func (b Budget) InProof(
	ctx context.Context, recovery time.Duration,
) (context.Context, context.CancelFunc) {
	return b.until(ctx, b.end.Add(b.overrun(recovery)/4))
}

func (b Budget) until(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	if b.end.IsZero() || b.virtual {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, at, errBudget)
}

// Shrinking is until when smaller cases are tried that may be tried for a time. Once the budget is
// spent, what is left of [Budget.InProof] goes half to them and half to the last replays.
func (b Budget) Shrinking(maxTime, recovery time.Duration) time.Time {
	out := time.Now().Add(maxTime)
	if last := b.end.Add(b.overrun(recovery) / 8); !b.end.IsZero() && last.Before(out) {
		return last
	}
	return out
}

// grace is how long cases under way go on when their run's context ended.
func (b Budget) grace(ctx context.Context, recovery time.Duration) time.Duration {
	if errors.Is(context.Cause(ctx), errBudget) {
		return min(caseGrace, b.overrun(recovery)/2)
	}
	return caseGrace
}
