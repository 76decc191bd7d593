package execute

import (
	"context"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

const (
	// MaxTimeout bounds a timeout that is measured or lengthened, and is that of the warm-up.
	MaxTimeout = 5 * time.Second
	// stretchFactor is how many times the lateness of the moment a timeout is lengthened by, and
	// lately how far back lateness counts for the next attempt.
	stretchFactor, lately = 4, 2 * time.Second
	// PatienceFactor is how many times longer than anything was late retries must have gone on after
	// everything healed to say that a key is stuck all the same, and maxPatience what they go on for
	// at most because of that.
	PatienceFactor, maxPatience = 10, 20 * time.Second
)

// patience is when the client of an attempt gives up: later than planned where the contract leaves
// that to us and the machine or the target is late. A client that is to give up does so as planned.
func (e *Executor) patience(c *model.Case, operation string, attempt int) time.Duration {
	limit := e.Contract.Timeout()
	if !e.Contract.Target.AutoTimeout || e.Conditions == nil || givesUp(c, operation, attempt) {
		return limit
	}
	now := time.Now()
	late := e.Conditions.Lateness(now.Add(-lately), now)
	return min(max(limit, MaxTimeout), limit+stretchFactor*late)
}

// givesUp reports whether a fault lets an attempt wait for its timeout.
func givesUp(c *model.Case, operation string, attempt int) bool {
	return slices.ContainsFunc(c.FaultsAt(operation, attempt), func(f fault.Fault) bool {
		return f.Kind.Traits().TimesOut
	})
}

// wait waits until an attempt of an operation may be sent.
func (e *Executor) wait(ctx context.Context, op *bound) error {
	if e.Conditions == nil {
		return e.limit.Wait(ctx)
	}
	return e.Conditions.Wait(ctx, op.name())
}
