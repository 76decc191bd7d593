// Package record keeps the events of one case.
package record

import (
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// Events stamps and keeps the events of one case. It may be used from many goroutines. [New]
// makes one.
type Events struct {
	// Begun is when the case began.
	Begun time.Time
	mu    sync.Mutex
	// events, protected by mu.
	events []model.Event
}

// usualEvents is what most cases need.
const usualEvents = 64

// New begins a case now.
func New() *Events {
	return &Events{Begun: time.Now(), events: make([]model.Event, 0, usualEvents)}
}

// Date is when the case began, as histories hold it; zero in virtual time.
func (r *Events) Date(virtual bool) time.Time {
	if virtual {
		return time.Time{}
	}
	return r.Begun.UTC().Truncate(time.Microsecond)
}

// Add stamps an event with the time since the beginning of the case and keeps it.
func (r *Events) Add(e model.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.At = time.Since(r.Begun)
	r.events = append(r.events, e)
}

// Snapshot returns the events so far, in order of time.
func (r *Events) Snapshot() []model.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.events)
	model.SortEvents(out)
	return out
}
