// Package crew says how many cases run side by side: more while they are on time, fewer once they
// are hindered.
package crew

import (
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

const (
	// initialParallel is how many cases a run begins with. The cases of highest priority come
	// first, and their faults hit best when the target is not busy with many others.
	initialParallel = 4
	// recent is of how many cases with faults those are counted whose faults missed, and maxMissed
	// how many of them may: a busy target is what makes faults miss, and some always do.
	recent, maxMissed = 16, 4
)

// Crew says how many cases run side by side. Each that is done on time lets one more in, up to
// max; one that was hindered, or too many whose faults missed, halves the number. From half of the
// number that was too much on, it takes as many cases as there are side by side to let one more
// in.
type Crew struct {
	mu sync.Mutex
	// room is told when a case may begin.
	room *sync.Cond
	// All below are protected by mu: how many may run at most and now, from which number on to be
	// careful (zero: never), how many were done on time since it rose, when it last sank, and who is
	// under way.
	max, limit, careful, onTime int
	sank                        time.Time
	under                       map[*Berth]bool
	missed                      []bool
}

// Berth is a case's place in a crew.
type Berth struct {
	begun time.Time
	// alone is false once another case was under way beside it; protected by the crew's mu.
	alone bool
}

// Finish is how a case went, as far as the number of cases side by side depends on it.
type Finish struct {
	// Starved: this process or the service was late; refused: the service refused the rate.
	Starved, Refused bool
	// Faults: it had some; missed: one of them did not fire.
	Faults, Missed bool
}

// New is a crew of a few, and of a limit at most.
func New(limit int) *Crew {
	c := &Crew{max: limit, limit: min(initialParallel, limit), under: map[*Berth]bool{}}
	c.room = sync.NewCond(&c.mu)
	return c
}

// Enter waits for room and takes it.
func (c *Crew) Enter() *Berth {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.under) >= c.limit {
		c.room.Wait()
	}
	b := &Berth{begun: time.Now(), alone: len(c.under) == 0}
	for other := range c.under {
		other.alone = false
	}
	c.under[b] = true
	return b
}

// Crowded reports whether more than one case is under way.
func (c *Crew) Crowded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.under) > 1
}

// Leave gives the room back of a case that did not run, which says nothing.
func (c *Crew) Leave(b *Berth) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.under, b)
	c.room.Broadcast()
}

// Done gives the room of a case back, and lets more in or fewer. It returns whether the case was
// alone all the time.
func (c *Crew) Done(b *Berth, f Finish) (alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.under, b)
	switch {
	case f.Refused, c.misses(f):
		c.sink(b, 1)
	case f.Starved:
		c.sink(b, min(initialParallel, c.limit))
	default:
		c.rise()
	}
	c.room.Broadcast()
	return b.alone
}

// misses files whether faults missed, and reports whether they do too often.
func (c *Crew) misses(f Finish) bool {
	if !f.Faults {
		return false
	}
	c.missed = append(c.missed, f.Missed)
	c.missed = c.missed[max(0, len(c.missed)-recent):]
	count := len(lists.Where(c.missed, func(missed bool) bool { return missed }))
	return f.Missed && count > maxMissed
}

// sink halves the number, down to minLimit, once for all cases that were under way together.
func (c *Crew) sink(b *Berth, minLimit int) {
	if !b.begun.After(c.sank) {
		return
	}
	c.limit = max(minLimit, c.limit/2)
	c.careful, c.onTime, c.sank, c.missed = c.limit, 0, time.Now(), nil
}

// rise lets one more in.
func (c *Crew) rise() {
	c.onTime++
	if c.careful > 0 && c.limit >= c.careful && c.onTime < c.limit {
		return
	}
	c.limit, c.onTime = min(c.max, c.limit+1), 0
}
