package execute

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
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

// interpret returns the function that turns HTTP answers into what histories hold: status, body or
// what is kept of it, the replay marker, Retry-After and the headers that the contract compares.
// Secrets go first: half of one, where a body is cut, would not be known any more.
func interpret(
	c *model.Contract, m *mask.Mask,
) func(int, map[string][]string, []byte) *model.Answer {
	marker := c.Promises.Marker
	compared := append([]string{"Retry-After"}, c.Promises.ComparedHeaders()...)
	for _, typ := range slices.Sorted(maps.Keys(c.Operations)) {
		if async := c.Operations[typ].Async; async != nil && async.Poll.Header != "" {
			compared = append(compared, async.Poll.Header)
		}
	}
	paths := askedFor(c)
	return func(status int, header map[string][]string, body []byte) *model.Answer {
		body, unread := plainBody(valuesOf(header, "Content-Encoding"), body)
		if unread == "" {
			body = unwrapped(c.Promises.ReplayBody, body)
		}
		a := &model.Answer{Status: status}
		a.Keep(m.Bytes(body), paths, c.Promises.ReplayIgnore, unread)
		if marker != nil {
			a.Marker = hasValue(header, marker.Header, marker.Value)
		}
		for _, name := range compared {
			if values := valuesOf(header, name); len(values) > 0 {
				if a.Headers == nil {
					a.Headers = map[string]string{}
				}
				a.Headers[name] = heading(values[0])
			}
		}
		return a
	}
}

// hasValue tells whether a header is there with a value ("" for any).
func hasValue(header map[string][]string, name, value string) bool {
	return slices.ContainsFunc(valuesOf(header, name), func(v string) bool {
		return value == "" || v == value
	})
}

// valuesOf returns the values of a header, however its name is spelt.
func valuesOf(header map[string][]string, name string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if strings.EqualFold(key, name) {
			out = append(out, header[key]...)
		}
	}
	return out
}
