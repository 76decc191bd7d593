package harness

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/model"
)

// hindrance is a kind of thing that lies neither in the service's code nor in the contract, and may
// look like a violation.
type hindrance string

const (
	// starved: this process was not woken in time.
	starved hindrance = "starved"
	// silent: the service answered nobody for long.
	silent hindrance = "silent"
	// limited: the service refused everybody because of the rate.
	limited hindrance = "limited"
	// signedOut: the service refused credentials that had worked.
	signedOut hindrance = "signed out"
)

// cause is what hindered a case: worst is the longest that was seen of it and usual what is usual,
// where it is about time.
type cause struct {
	kind         hindrance
	worst, usual time.Duration
}

// conditions watches what a run in real time meets besides its target's answers: how late this
// process is woken, how long readings take, what is refused to everybody. Nil, as in virtual time,
// means that nothing hinders.
type conditions struct {
	pulse       *pulse
	readings    *latencies
	limits      *limits
	credentials *credentials
	outage      *outage
	// timeout is the contract's: what is late is measured by it. It changes only between the warm-up
	// and the cases.
	timeout time.Duration
}

func newConditions(limit *rate.Limiter, timeout time.Duration) *conditions {
	return &conditions{
		pulse: &pulse{}, readings: newLatencies(), limits: &limits{limiter: limit},
		credentials: newCredentials(), outage: newOutage(), timeout: timeout,
	}
}

// watch beats the pulse until the function that it returns is called, which waits for its end.
func (c *conditions) watch(ctx context.Context) (stop func()) {
	if c == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.pulse.run(ctx)
	}()
	return func() { cancel(); <-ended }
}

// learn takes what was read so far as usual: the service works.
func (c *conditions) learn() {
	if c != nil {
		c.readings.learn()
		c.outage.begin()
	}
}

// expect takes another timeout.
func (c *conditions) expect(timeout time.Duration) {
	if c != nil {
		c.timeout = timeout
	}
}

// lateness is by how much this process or the target was late during a window; zero when neither
// was late enough to matter.
func (c *conditions) lateness(w window) time.Duration {
	var out time.Duration
	if late := c.pulse.worst(w); late > minStarved {
		out = late
	}
	if longest, usual := c.readings.worst(w); longest > max(slowFactor*usual, minStarved) {
		out = max(out, longest)
	}
	return out
}

// during lists what hindered whoever was at work during a window.
func (c *conditions) during(w window) []cause {
	if c == nil {
		return nil
	}
	var out []cause
	if late := c.pulse.worst(w); late > max(minStarved, c.timeout/10) {
		out = append(out, cause{kind: starved, worst: late})
	}
	longest, usual := c.readings.worst(w)
	if longest > max(slowFactor*usual, c.timeout/2) {
		out = append(out, cause{kind: silent, worst: longest, usual: usual})
	}
	if c.limits.during(w) {
		out = append(out, cause{kind: limited})
	}
	if c.credentials.expired() != "" {
		out = append(out, cause{kind: signedOut})
	}
	return out
}

// stopped says why nothing more can be learned from the target; "" while something can.
func (c *conditions) stopped() string {
	if c == nil {
		return ""
	}
	return cmp.Or(c.credentials.expired(), c.outage.why())
}

// text says what hindered, and what to change.
func (c *conditions) text(of cause) string {
	switch of.kind {
	case silent:
		took := short(of.worst)
		if of.worst >= forever {
			took = "never"
		}
		return fmt.Sprintf("the service did not run, or answered late (%s against %s in the warm-up): "+
			"run idemcheck while nothing stops or slows it, or with fewer --parallel",
			took, short(of.usual))
	case limited:
		return c.limits.text()
	case signedOut:
		return c.credentials.expired()
	}
	return fmt.Sprintf("the machine was too busy: timers came up to %s late; run with fewer "+
		"--parallel, or on a calmer machine", short(of.worst))
}

// short rounds a time for people.
func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// throttledByUs reports whether a planned fault answers an attempt in the service's place.
func throttledByUs(c *model.Case, operation string, attempt int) bool {
	for _, f := range c.FaultsAt(operation, attempt) {
		if f.Kind == model.Throttled {
			return true
		}
	}
	return false
}
