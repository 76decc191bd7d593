package attack

import (
	"sync"
	"time"
)

// MovableClock is the system's clock moved by an offset, for tests of what happens around expiry.
// Its zero value shows the system's time. It is safe for concurrent use.
type MovableClock struct {
	mu     sync.Mutex // guards offset
	offset time.Duration
}

// Now returns the system's time plus everything the clock was moved by.
func (c *MovableClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// Move sets the clock forward by d, or back when d is negative.
func (c *MovableClock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}
