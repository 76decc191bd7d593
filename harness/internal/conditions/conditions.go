// Package conditions watches what lies neither in the service's code nor in the contract, and may
// look like a violation: a busy machine, a slow target, a rate limit, expired credentials, an
// outage.
package conditions

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/overdue"
)

// Hindrance is a kind of thing that lies neither in the service's code nor in the contract, and may
// look like a violation.
type Hindrance string

const (
	// Starved means that this process was not woken in time.
	Starved Hindrance = "starved"
	// Silent means that the service answered nobody for long.
	Silent Hindrance = "silent"
	// Limited means that the service refused everybody because of the rate.
	Limited Hindrance = "limited"
	// Paused means that the service asked everybody to come again later.
	Paused Hindrance = "paused"
	// SignedOut means that the service refused credentials that had worked.
	SignedOut Hindrance = "signed out"
)

// Cause is what hindered a case: Worst is the longest that was seen of it and usual what is usual,
// where it is about time.
type Cause struct {
	Kind         Hindrance
	Worst, usual time.Duration
}

// Conditions watches what a run in real time meets besides its target's answers: how late this
// process is woken, how long readings take, what is refused to everybody. Nil, as in virtual time,
// means that nothing hinders.
type Conditions struct {
	pulse       *pulse
	readings    *latencies
	limits      *limits
	pauses      *pauses
	credentials *credentials
	outage      *outage
	failures    *failures
	places      *overdue.Places
	// timeout is the contract's: what is late is measured by it. It changes only between the warm-up
	// and the cases.
	timeout time.Duration
}

// New watches nothing yet: see [Conditions.Watch]. limit is lowered when the service refuses the
// rate.
func New(limit *rate.Limiter, timeout time.Duration) *Conditions {
	c := &Conditions{
		pulse: &pulse{}, readings: newLatencies(), limits: newLimits(limit),
		pauses: &pauses{}, credentials: newCredentials(), outage: newOutage(), timeout: timeout,
	}
	c.places = overdue.New(func(from, to time.Time) bool {
		return c.pulse.worst(window{from, to}) > max(minStarved, to.Sub(from)/10)
	})
	return c
}

// Watch beats the pulse until the function that it returns is called, which waits for its end.
func (c *Conditions) Watch(ctx context.Context) (stop func()) {
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

// Learn takes what was read so far as usual: the service works.
func (c *Conditions) Learn() {
	if c != nil {
		c.readings.learn()
		c.outage.begin()
	}
}

// Expect takes another timeout.
func (c *Conditions) Expect(timeout time.Duration) {
	if c != nil {
		c.timeout = timeout
	}
}

// Lateness is by how much this process or the target was late during a time; zero when neither was
// late enough to matter, and in virtual time.
func (c *Conditions) Lateness(from, to time.Time) time.Duration {
	if c == nil {
		return 0
	}
	w := window{from, to}
	var out time.Duration
	if late := c.pulse.worst(w); late > minStarved {
		out = late
	}
	if maxWait, usual := c.readings.worst(w); maxWait > max(slowFactor*usual, minStarved) {
		out = max(out, maxWait)
	}
	return out
}

// During lists what hindered whoever was at work during a time.
func (c *Conditions) During(from, to time.Time) []Cause {
	if c == nil {
		return nil
	}
	w := window{from, to}
	var out []Cause
	if late := c.pulse.worst(w); late > max(minStarved, c.timeout/10) {
		out = append(out, Cause{Kind: Starved, Worst: late})
	}
	maxWait, usual := c.readings.worst(w)
	if maxWait > max(slowFactor*usual, c.timeout/2) {
		out = append(out, Cause{Kind: Silent, Worst: maxWait, usual: usual})
	}
	if c.limits.during(w) {
		out = append(out, Cause{Kind: Limited})
	}
	if c.pauses.during(w) {
		out = append(out, Cause{Kind: Paused})
	}
	if c.credentials.expired() != "" {
		out = append(out, Cause{Kind: SignedOut})
	}
	return out
}

// Stopped says why nothing more can be learned from the target; "" while something can.
func (c *Conditions) Stopped() string {
	if c == nil {
		return ""
	}
	return cmp.Or(
		c.credentials.expired(), c.outage.why(), c.failures.why(), c.places.Gone(),
	)
}

// Text says what hindered, and what to change.
func (c *Conditions) Text(of Cause) string {
	switch of.Kind {
	case Silent:
		took := Short(of.Worst)
		if of.Worst >= Forever {
			took = "never"
		}
		return fmt.Sprintf("the service did not run, or answered late (%s against %s in the warm-up): "+
			"run idemcheck while nothing stops or slows it, or with fewer --parallel",
			took, Short(of.usual))
	case Limited:
		return c.limits.text()
	case Paused:
		return c.pauses.text()
	case SignedOut:
		return c.credentials.expired()
	}
	return fmt.Sprintf("the machine was too busy: timers came up to %s late; run with fewer "+
		"--parallel, or on a calmer machine", Short(of.Worst))
}

// Short rounds a time for people.
func Short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// Places follow what is read; nil in virtual time.
func (c *Conditions) Places() *overdue.Places {
	if c == nil {
		return nil
	}
	return c.places
}

// Wait waits until something may be sent, and counts it: for a key, or for [Reader].
func (c *Conditions) Wait(ctx context.Context, who string) error {
	if c == nil {
		return nil
	}
	return c.limits.wait(ctx, who)
}

// Refused files an answer that says that too much is sent (see [Refuses]), or that asks everybody
// to come again later (see [Pauses]).
func (c *Conditions) Refused(who string, status int, retryAfter time.Duration) {
	switch {
	case c == nil:
	case Refuses(status):
		c.limits.refused(who, status, retryAfter)
	case Pauses(who, status, retryAfter):
		c.limits.pause(retryAfter)
		c.pauses.note(retryAfter)
	}
}

// Allowed files a status that a tenant got for something that its credentials are for.
func (c *Conditions) Allowed(tenant string, status int) {
	if c != nil {
		c.credentials.note(tenant, status)
	}
}

// Reading files that a reading begins; the function it returns is to be called at its end: whether
// it was answered.
func (c *Conditions) Reading() (end func(answered bool)) {
	if c == nil {
		return func(bool) {}
	}
	return c.readings.begin()
}

// Woke files that this process was woken now, and not when it was due.
func (c *Conditions) Woke(due time.Time) {
	c.pulse.next(due)
	c.pulse.woke(time.Now())
}

// EverRefused reports whether the service ever refused everybody because of the rate.
func (c *Conditions) EverRefused() bool { return c != nil && c.limits.ever() }

// Notes say what hindered the undecided cases, each cause once and as it was worst, and what the
// run would go faster without.
func (c *Conditions) Notes(all []Cause) []string {
	if c == nil {
		return nil
	}
	worst := map[Hindrance]Cause{}
	for _, one := range all {
		if one.Worst >= worst[one.Kind].Worst {
			worst[one.Kind] = one
		}
	}
	if c.limits.ever() {
		worst[Limited] = Cause{Kind: Limited}
	}
	if c.pauses.met() {
		worst[Paused] = Cause{Kind: Paused}
	}
	delete(worst, SignedOut) // it ends the run, and is its first reason
	if c.IsDown() {
		delete(worst, Silent) // which is why
	}
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(worst)) {
		out = append(out, c.Text(worst[kind]))
	}
	return out
}
