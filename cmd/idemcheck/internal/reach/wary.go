package reach

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// wary sends what is sent without faults, and asks a service that has never answered and closes
// connections whether it speaks HTTP/2 alone: without TLS nobody negotiates.
type wary struct {
	by *http.Transport
	// probe is [upstream.Upstream.ProbeHTTP1].
	probe func(context.Context) error
	// mu protects all below. asked: nothing is to be found out any more. found is what was, and end
	// ends what cannot go on then; nil ends nothing.
	mu    sync.Mutex
	asked bool
	found error
	end   context.CancelFunc
}

// RoundTrip sends a request.
func (w *wary) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.by.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked || err != nil && r.Context().Err() != nil {
		return resp, err
	}
	w.asked = true
	if err == nil {
		return resp, nil
	}
	if w.found = disagreement(w.probe(r.Context())); w.found != nil && w.end != nil {
		w.end()
	}
	return nil, errors.Join(err, w.found)
}

// Agreeing returns a context that ends when the service turns out to speak another version of HTTP.
func (t *Endpoint) Agreeing(ctx context.Context) (context.Context, context.CancelFunc) {
	within, end := context.WithCancel(ctx)
	t.plain.mu.Lock()
	defer t.plain.mu.Unlock()
	t.plain.end = end
	return within, end
}

// Disagreement is why that context has ended; nil while it has not.
func (t *Endpoint) Disagreement() error {
	t.plain.mu.Lock()
	defer t.plain.mu.Unlock()
	return t.plain.found
}
