package conditions

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// pauses remembers when the service asked whoever read something to come again later: it was
// overloaded as a whole, or in maintenance. That says nothing about how much may be sent.
type pauses struct {
	mu sync.Mutex
	// waits are the times that were asked for, in their order, those that have a moment in common as
	// one, and many is how many answers asked for them. Both are protected by mu.
	waits []window
	many  int
}

// Pauses reports whether an answer to a reading asks everybody to come again later. An operation
// may be asked so because of its own key.
func Pauses(who string, status int, retryAfter time.Duration) bool {
	return who == Reader && status == http.StatusServiceUnavailable && retryAfter > 0
}

// note files that somebody was asked to wait for so long.
func (p *pauses) note(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	asked := window{now, now.Add(min(wait, maxBackoff))}
	p.many++
	if last := len(p.waits) - 1; last >= 0 && p.waits[last].meets(asked) {
		p.waits[last].to = slices.MaxFunc([]time.Time{p.waits[last].to, asked.to}, time.Time.Compare)
		return
	}
	p.waits = append(p.waits, asked)
}

// during reports whether somebody was asked to wait during a window, or still had to.
func (p *pauses) during(w window) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.waits, w.meets)
}

// text says what was seen, and what to change.
func (p *pauses) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("the service asked to come again later (503 with Retry-After to %d readings), "+
		"which was done: it was overloaded or in maintenance; run while it is not or, if the load "+
		"did it, with a lower target.max_rate", p.many)
}

// met reports whether somebody was ever asked to wait.
func (p *pauses) met() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.many > 0
}
