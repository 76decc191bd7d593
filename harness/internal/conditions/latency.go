package conditions

import (
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

const (
	// slowFactor is how many times longer than in the warm-up a reading must take to be called late;
	// half of a client's timeout is the least.
	slowFactor = 10
	// maxReadings is how many readings are remembered; the older half is dropped when there are more.
	maxReadings = 1 << 14
)

// latencies remembers how long the target took to answer what was sent without faults and changes
// nothing: readings of ledgers and states. They are sent all through a run, so they tell whether
// the target answers anybody.
type latencies struct {
	mu sync.Mutex
	// done are the readings that ended, in the order of their ends; open those under way, by number.
	// One that was not answered took forever. usual is the median of the warm-up. All are protected
	// by mu.
	done  []reading
	open  map[int]time.Time
	begun int
	usual time.Duration
}

// reading is when a message was under way and how long its answer took.
type reading struct {
	window
	took time.Duration
}

// Forever is how long an answer took that never came: nobody waits longer for a reading.
const Forever = 10 * time.Second

func newLatencies() *latencies { return &latencies{open: map[int]time.Time{}} }

// begin files a reading that is sent now, and returns the function that files its end: whether it
// was answered.
func (l *latencies) begin() (end func(answered bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun++
	number := l.begun
	l.open[number] = time.Now()
	return func(answered bool) { l.end(number, answered) }
}

// end notes how long a reading took; one that got no answer took for ever.
func (l *latencies) end(number int, answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := reading{window{l.open[number], time.Now()}, Forever}
	delete(l.open, number)
	if answered {
		r.took = r.to.Sub(r.from)
	}
	l.done = append(l.done, r)
	if len(l.done) > maxReadings {
		l.done = slices.Delete(l.done, 0, maxReadings/2)
	}
}

// learn makes the median of all readings so far the usual time.
func (l *latencies) learn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := lists.Map(l.done, func(r reading) time.Duration { return r.took })
	slices.Sort(all)
	if len(all) > 0 {
		l.usual = all[len(all)/2]
	}
}

// worst returns the longest that a reading took that was under way during a window, and the usual
// time. One without an answer counts as far as the window's end.
func (l *latencies) worst(w window) (maxWait, usual time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range slices.Backward(l.done) {
		if d.to.Before(w.from) {
			break
		}
		if d.meets(w) {
			maxWait = max(maxWait, d.took)
		}
	}
	for _, sent := range l.open {
		maxWait = max(maxWait, w.to.Sub(sent))
	}
	return maxWait, l.usual
}
