package execute

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

// maxAwaited is how many more attempts than planned an awaited operation gets, and firstAwait the
// wait before the first of them; it doubles.
const (
	maxAwaited = 4
	firstAwait = 5 * time.Millisecond
)

// await retries the earlier operation of the same client that an operation awaits, until it has a
// definite answer or its bound is reached: a service may answer "try again" first, and what comes
// after such an answer would be judged by a guess.
func (d *driver) await(ctx context.Context, next *bound) {
	i := slices.IndexFunc(d.ops, func(op *bound) bool {
		return op.ID == next.Await && op.Client == next.Client
	})
	if i < 0 {
		return
	}
	p, wait := &d.progress[i], firstAwait
	for range maxAwaited {
		if p.definite() || sleep.For(ctx, max(wait, p.wait)) != nil {
			return
		}
		d.attempt(ctx, i, p.sent+1, false)
		wait *= 2
	}
}
