package conditions

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// manyFail is for how many keys in a row a service must fail, while nobody gets a definite answer,
// until a new key is tried alone. It doubles each time that one works.
const manyFail = 3

// Nothing is how what a service said begins that takes no connection.
const Nothing = "nothing"

// outage follows whether the service still answers anybody. What fails for new keys too says
// nothing about repeats.
type outage struct {
	mu sync.Mutex
	// begun is when the run began; zero before the warm-up has shown that the service works. failing
	// are the keys of which nothing but failures came since the last definite answer to anybody, since
	// is when the first of them failed, said is what was said last, many is how many are suspicious,
	// and down is why nothing more can be learned. All are protected by mu.
	begun   time.Time
	failing map[string]bool
	since   time.Time
	said    string
	many    int
	down    string
}

func newOutage() *outage { return &outage{failing: map[string]bool{}, many: manyFail} }

// begin says that the service works.
func (o *outage) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun = time.Now()
	clear(o.failing)
}

// works files a definite answer to anybody.
func (o *outage) works() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.failing)
}

// fails files that the service failed for a key, and how.
func (o *outage) fails(key, said string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.begun.IsZero() {
		return
	}
	if len(o.failing) == 0 {
		o.since = time.Now()
	}
	o.failing[key], o.said = true, said
}

// suspected reports whether it may be down as a whole.
func (o *outage) suspected() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down == "" && len(o.failing) >= o.many
}

// wrong files that a suspicion was wrong.
func (o *outage) wrong() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.failing)
	o.many *= 2
}

// proven files that the service is down as a whole.
func (o *outage) proven() {
	o.mu.Lock()
	defer o.mu.Unlock()
	died := ""
	if strings.HasPrefix(o.said, Nothing) {
		died = "the service died, or is gone: "
	}
	o.down = fmt.Sprintf("%sthe service is down as a whole since %s after the warm-up: it answers %s "+
		"to everybody, also to a new key alone; find out what stopped it, start it again, and run "+
		"with a lower target.max_rate or fewer --parallel if the load did",
		died, Short(o.since.Sub(o.begun)), o.said)
}

// why says why nothing more can be learned; "" while something can.
func (o *outage) why() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down
}

// met reports whether the service was down as a whole at a time.
func (o *outage) met(at time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down != "" && !at.Before(o.since)
}

// MayBeDown reports whether the service may be down as a whole, so that nothing more should be
// begun before a new key was tried.
func (c *Conditions) MayBeDown() bool { return c != nil && c.outage.suspected() }

// Works files that the service gave anybody a definite answer.
func (c *Conditions) Works() {
	if c != nil {
		c.outage.works()
	}
}

// IsStuck reports whether a key is refused, or fails, right after new ones were served.
func (c *Conditions) IsStuck(key string) bool { return c != nil && c.limits.sticks(key) }

// Fails files that the service failed for a key, and how.
func (c *Conditions) Fails(key, said string) {
	if c != nil {
		c.outage.fails(key, said)
	}
}

// Worked reports whether the service worked in the warm-up.
func (c *Conditions) Worked() bool { return c != nil && c.outage.working() }

// NotDown files that the suspicion was wrong that the service is down as a whole.
func (c *Conditions) NotDown() { c.outage.wrong() }

// ProveDown files that the service is down as a whole.
func (c *Conditions) ProveDown() { c.outage.proven() }

// DownAt says why the service was down as a whole at a time; "" when it was not.
func (c *Conditions) DownAt(at time.Time) string {
	if c == nil || !c.outage.met(at) {
		return ""
	}
	return c.outage.why()
}

// DownSince is when the service went down as a whole, and how long after the warm-up; false when it
// did not.
func (c *Conditions) DownSince() (at time.Time, after time.Duration, down bool) {
	if !c.IsDown() {
		return at, 0, false
	}
	c.outage.mu.Lock()
	defer c.outage.mu.Unlock()
	return c.outage.since, c.outage.since.Sub(c.outage.begun), true
}

// IsDown reports whether the service is down as a whole.
func (c *Conditions) IsDown() bool { return c != nil && c.outage.why() != "" }

// working reports whether the service worked in the warm-up.
func (o *outage) working() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.begun.IsZero()
}
