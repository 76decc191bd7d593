package bugs

import (
	"context"
	"sync"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
)

// failureBugs do the wrong thing when the handler fails by itself.
func failureBugs() []Bug {
	return []Bug{
		{
			Name: "own-failure-executed-again",
			Mistake: "After the effect it sometimes fails by itself, here at the receipts of amounts " +
				"that end in 5; then it answers 500 and drops the key.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Settle = newOwnFailures().settle },
		},
		{
			Name: "own-failure-stored",
			Mistake: "The processor sometimes fails, here at the first try of amounts that end in 5; " +
				"it stores that 503 and replays it.",
			Rules: []string{"error-caching", "stuck-key"},
			Change: func(do *payment.Steps) {
				do.Working, do.Keep = newOwnFailures().working, keepUnlessBusy
			},
		},
	}
}

// ownFailures fail once for each operation that has something about it which fails. Real handlers
// fail at random or by what they are told; here it is by the amount, so that every run fails alike.
// Nothing that is made before a case begins has such an amount.
type ownFailures struct {
	mu     sync.Mutex // guards failed
	failed map[string]bool
}

func newOwnFailures() *ownFailures { return &ownFailures{failed: map[string]bool{}} }

// fails reports whether an attempt is the first of a charge whose amount ends in 5.
func (f *ownFailures) fails(at *payment.Arrival) bool {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	return isCharge && in.Amount%10 == 5 && f.isFirst(at.Scope+"\n"+at.Key)
}

// isFirst reports whether nothing has failed under a name yet, and notes that something does.
func (f *ownFailures) isFirst(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.failed[name]
	f.failed[name] = true
	return first
}

// settle renders the receipt, which for some amounts takes a second try.
func (f *ownFailures) settle(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if !decided.Decided || decided.Status >= 400 || !f.fails(at) {
		return decided
	}
	drop(s, at)
	return answer.Problem(answer.Internal, "the receipt could not be rendered")
}

// working is the context of a processor that fails, for some amounts, before it has begun.
func (f *ownFailures) working(at *payment.Arrival) (context.Context, context.CancelFunc) {
	ctx, cancel := right.FinishWhatWasStarted(at)
	if f.fails(at) {
		cancel()
	}
	return ctx, cancel
}
