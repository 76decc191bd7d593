package reference

import (
	"context"
	"sync"
)

// ownFailures fail once for each operation that has something about it which fails. Real handlers
// fail at random or by what they are told; here it is by the amount, so that every run fails alike.
// Nothing that is made before a case begins has such an amount.
type ownFailures struct {
	mu     sync.Mutex // guards failed
	failed map[string]bool
}

func newOwnFailures() *ownFailures { return &ownFailures{failed: map[string]bool{}} }

// fails reports whether an attempt is the first of a charge whose amount ends in 5.
func (f *ownFailures) fails(at *attempt) bool {
	in, isCharge := at.operation.(*chargeInput)
	if !isCharge || in.Amount%10 != 5 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	name := at.scope + "\n" + at.key
	first := !f.failed[name]
	f.failed[name] = true
	return first
}

// settle renders the receipt, which for some amounts takes a second try.
func (f *ownFailures) settle(s *Service, at *attempt, decided answer) answer {
	if !decided.decided || decided.status >= 400 || !f.fails(at) {
		return decided
	}
	drop(s, at)
	return problem(internal, "the receipt could not be rendered")
}

// working is the context of a processor that fails, for some amounts, before it has begun.
func (f *ownFailures) working(at *attempt) (context.Context, context.CancelFunc) {
	ctx, cancel := finishWhatWasStarted(at)
	if f.fails(at) {
		cancel()
	}
	return ctx, cancel
}
