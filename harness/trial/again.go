package trial

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// withEarlierCrash returns a case whose crashes come earlier, after they came too late or their
// point was not reached: after a quarter of the time, but never at once, so that virtual time
// orders them. Those planned as a share are quartered when the share is resolved.
func withEarlierCrash(c model.Case) model.Case {
	c = c.Clone()
	for i := range c.Faults {
		if f := &c.Faults[i]; f.Kind.Traits().NeedsProcess && !f.IsShare() {
			f.Point = ""
			f.Span = value.Duration(max(f.Span.Std()/4, time.Microsecond).Truncate(time.Microsecond))
		}
	}
	return c
}

// repaused is the seed of the pauses when a case is run again: the same pauses would make the same
// faults miss.
func repaused(planned uint64, run int) uint64 {
	if planned == 0 {
		return 0
	}
	return planned + uint64(run-1)
}
