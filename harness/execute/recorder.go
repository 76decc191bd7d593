package execute

import (
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// recorder stamps and keeps the events of one case. It may be used from many goroutines.
type recorder struct {
	begun time.Time
	mu    sync.Mutex
	// events, protected by mu.
	events []model.Event
}

// usualEvents is what most cases need.
const usualEvents = 64

func newRecorder() *recorder {
	return &recorder{begun: time.Now(), events: make([]model.Event, 0, usualEvents)}
}

// record stamps an event with the time since the beginning of the case and keeps it.
func (r *recorder) record(e model.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.At = time.Since(r.begun)
	r.events = append(r.events, e)
}

// snapshot returns the events so far, in order of time.
func (r *recorder) snapshot() []model.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.events)
	model.SortEvents(out)
	return out
}
