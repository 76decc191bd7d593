package conditions

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

// provenBy is how often in a row a key must be refused right after a new one was served, so that
// it is the key, and minAsked how often it is asked each time: where every request is refused
// with the same luck, not one key in a hundred thousand looks like that.
const provenBy, minAsked = 5, 3

// Refusal is a key that is refused, or fails, to the end: what can be done to find out whether it
// is the reason.
type Refusal struct {
	Key string
	// New asks with a new key, and reports whether that was served. Ask asks with this one again, and
	// returns how long the answer asks to wait; Lasts reports whether it is still refused.
	New   func(context.Context) bool
	Ask   func(context.Context) time.Duration
	Lasts func() bool
}

// Examine asks once more for a key that is refused, right after a new one was served. When it then
// gets an answer, the service was busy or down; when it is refused each time, it is stuck (see
// [Conditions.IsStuck]).
func Examine(ctx context.Context, c *Conditions, r Refusal) {
	for range provenBy {
		begun := time.Now()
		if !r.Lasts() || ctx.Err() != nil || !r.New(ctx) {
			return
		}
		r.insist(ctx, time.Since(begun))
	}
	if r.Lasts() && ctx.Err() == nil {
		c.limits.stick(r.Key)
	}
}

// insist asks, until the key is answered, for as long as a new one took to be served, which waited
// for its turn too.
func (r Refusal) insist(ctx context.Context, took time.Duration) {
	until := time.Now().Add(took)
	for n := 1; ctx.Err() == nil; n++ {
		wait := r.Ask(ctx)
		if !r.Lasts() || n >= minAsked && time.Now().After(until) {
			return
		}
		_ = sleep.For(ctx, max(wait, took/minAsked)) // then ctx ended
	}
}
