// Package latency measures how long clients waited for the ends of their attempts.
package latency

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// maxWait is the longest duration that is told from longer ones, and digits how many digits of a
// duration count.
const maxWait, digits = time.Hour, 3

// Recorder collects the latencies of histories. Its methods may be called side by side.
type Recorder struct {
	mu sync.Mutex
	// plain holds attempts on which no fault fired, withFaults the others; in microseconds.
	// Protected by mu.
	plain, withFaults *hdrhistogram.Histogram
}

// New returns a recorder that has seen nothing.
func New() *Recorder { return &Recorder{plain: empty(), withFaults: empty()} }

func empty() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, maxWait.Microseconds(), digits)
}

// Add adds the attempts of a history that ended. It does not keep the history.
func (r *Recorder) Add(h *model.History) {
	var fired []*fault.Fault
	for _, e := range h.Events {
		if e.Kind == model.FaultReported && e.Fired && e.Fault != nil {
			fired = append(fired, e.Fault)
		}
	}
	begun := map[attempt]time.Duration{}
	var ended []wait
	for _, e := range h.Events {
		at := attempt{e.Operation, e.Attempt}
		switch e.Kind {
		case model.Invoke:
			begun[at] = e.At
		case model.Return:
			if from, ok := begun[at]; ok {
				ended = append(ended, wait{e.At - from, addresses(fired, at)})
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range ended {
		r.record(w)
	}
}

// wait is how long a client waited for the end of an attempt, and whether a fault fired on it.
type wait struct {
	took       time.Duration
	withFaults bool
}

// attempt names an attempt of a case.
type attempt struct {
	operation string
	number    int
}

// addresses reports whether one of several faults fired on an attempt.
func addresses(faults []*fault.Fault, at attempt) bool {
	for _, f := range faults {
		if f.Addresses(at.operation, at.number) {
			return true
		}
	}
	return false
}

// record files a wait. What a histogram cannot hold, and would return an error for, is cut off.
func (r *Recorder) record(w wait) {
	into := r.plain
	if w.withFaults {
		into = r.withFaults
	}
	_ = into.RecordValue(min(max(w.took, 0), maxWait).Microseconds())
}

// Summary returns what was seen so far; nil when no attempt ended.
func (r *Recorder) Summary() *tally.Latency {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.plain.TotalCount()+r.withFaults.TotalCount() == 0 {
		return nil
	}
	return &tally.Latency{WithoutFaults: percentiles(r.plain), WithFaults: percentiles(r.withFaults)}
}

func percentiles(h *hdrhistogram.Histogram) tally.Percentiles {
	at := func(percent float64) value.Duration {
		return value.Duration(time.Duration(h.ValueAtPercentile(percent)) * time.Microsecond)
	}
	return tally.Percentiles{
		Attempts: int(h.TotalCount()), P50: at(50), P90: at(90), P99: at(99), Max: at(100),
	}
}
