package observe

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
)

// discard reads nothing of an answer whose status says everything.
func discard(io.Reader) error { return nil }

// SilenceError is a message to which no HTTP answer came, although there was a connection: the
// target is there, and does not answer in time or not in HTTP.
type SilenceError struct {
	method, path string
	cause        error
}

// Error says what was sent and what came of it.
func (e *SilenceError) Error() string {
	if timeout, ok := e.cause.(interface{ Timeout() bool }); ok && timeout.Timeout() {
		return fmt.Sprintf("%s %s was not answered within %s", e.method, e.path, Limit)
	}
	return fmt.Sprintf("%s %s got no answer in HTTP: %s", e.method, e.path,
		mask.Excerpt([]byte(e.cause.Error())))
}

// Unwrap returns the cause.
func (e *SilenceError) Unwrap() error { return e.cause }

// watched returns a request that tells whether there was a connection for it.
func watched(r *http.Request) (*http.Request, *atomic.Bool) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), trace)), &connected
}
