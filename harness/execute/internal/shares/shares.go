// Package shares turns times that a plan has as shares into those that were measured.
package shares

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// Measured is what only the target can tell.
type Measured struct {
	// Service is how long it works on an operation without faults, by type.
	Service map[string]time.Duration
	// Timeout is when a client gives up on an attempt.
	Timeout time.Duration
}

// Resolved returns the faults of a case with times that are planned as a share of the measured
// service time. The target may be faster than it was in the warm-up: each time a case is run again
// the share is quartered.
func (m Measured) Resolved(c *model.Case, run int) []fault.Fault {
	out := slices.Clone(c.Faults)
	for i := range out {
		f := &out[i]
		op := c.Operation(f.Operation)
		if !f.IsShare() || op == nil {
			continue
		}
		span := m.Service[op.Type] * time.Duration(f.PerMille) / 1000 >> (2 * (run - 1))
		is := f.Kind.Traits()
		if is.WithinTimeout {
			span = min(span, m.Timeout/3)
		}
		if is.Timed != fault.ShareOrZero {
			span = max(span, time.Microsecond) // no time at all would be no fault
		}
		f.Span = value.Duration(span.Truncate(time.Microsecond))
	}
	return out
}
