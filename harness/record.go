package harness

import (
	"maps"
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

// interpret returns the function that turns HTTP answers into what histories hold: status, body,
// the replay marker and Retry-After.
func interpret(c *model.Contract) func(int, map[string][]string, []byte) *model.Answer {
	marker := c.Promises.Marker
	return func(status int, header map[string][]string, body []byte) *model.Answer {
		a := &model.Answer{Status: status, Body: string(body)}
		if marker != nil {
			a.Marker = hasValue(header, marker.Header, marker.Value)
		}
		if after := header["Retry-After"]; len(after) > 0 {
			a.Headers = map[string]string{"Retry-After": after[0]}
		}
		return a
	}
}

// hasValue tells whether a header is there with a value ("" for any).
func hasValue(header map[string][]string, name, value string) bool {
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if !sameHeader(key, name) {
			continue
		}
		for _, v := range header[key] {
			if value == "" || v == value {
				return true
			}
		}
	}
	return false
}
