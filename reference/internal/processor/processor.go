// Package processor is the card processor that the payment service asks before it moves money.
package processor

import (
	"context"
	"time"
)

// Processor is the card processor: somebody else's service, which must agree to every movement of
// money before it is entered.
type Processor interface {
	// Authorize returns nil when the processor agrees. An error means that nobody knows: the
	// operation is answered 503 and may be tried again under the same Key.
	Authorize(ctx context.Context, authorization Authorization) error
}

// Authorization is what the processor is asked. Amount is in minor units. Key is the same for every
// attempt of one operation and differs between operations, so that the processor can recognise a
// repeat; it is empty for an operation without an idempotency key.
type Authorization struct {
	Tenant, Account, Key string
	Amount               int64
}

// Paced is a simulated processor that agrees to everything after Work, unless the context ends
// first.
type Paced struct{ Work time.Duration }

// Authorize implements Processor.
func (p Paced) Authorize(ctx context.Context, _ Authorization) error { return Pause(ctx, p.Work) }

// Pause returns early, with the context's error, when the context ends.
func Pause(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
