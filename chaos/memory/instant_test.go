package memory_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// instantly are ways to answer without taking any time.
func instantly() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"writes": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = w.Write([]byte("done"))
		},
		"writes a head alone": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusNoContent)
		},
		"writes nothing": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
		},
		"writes all": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.Copy(w, io.LimitReader(bytes.NewReader(make([]byte, 9000)), 8000))
		},
		"flushes": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.(http.Flusher).Flush()
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write([]byte("done"))
		},
		"reads nothing": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("done"))
		},
		"takes the connection": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusCreated)
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		},
	}
}

// leaving is an attempt of an operation with a body, made of a service that takes no time by a client
// that hangs up. It returns what was reported of the fault.
func leaving(t *testing.T, f fault.Fault, h http.Handler) (out chaos.Completion, reported model.Event) {
	t.Helper()
	f.Kind, f.Operation, f.Attempt = fault.Disconnect, "a", 1
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, begun: time.Now(), world: memory.New(func() http.Handler { return h })}
		b.net = b.world.Open(chaos.NetOptions{
			Faults: []fault.Fault{f}, Record: b.record, Interpret: interpret,
		})
		body := []byte(`{"amount": 1}`)
		out = b.net.Attempt(t.Context(), chaos.Attempt{
			Operation: "a", Number: 1, Timeout: time.Second, Instant: true, Payload: body,
			Head: fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: in.memory\r\nContent-Length: %d\r\n\r\n", len(body)),
		})
		require.NoError(t, b.net.Drain(t.Context()))
		b.net.Close()
		<-time.After(time.Second) // virtual time, for a handler that does not notice
		require.NoError(t, b.world.Close())
		reported = b.of(model.FaultReported)[0]
	})
	return out, reported
}

// TestAClientLeavesAHandlerThatTakesNoTime whatever it does with the request and the answer.
func TestAClientLeavesAHandlerThatTakesNoTime(t *testing.T) {
	for name, h := range instantly() {
		for _, mode := range []fault.Mode{fault.Reset, fault.Close} {
			for _, share := range []int{0, 650} {
				t.Run(fmt.Sprintf("%s, %s at %d", name, mode, share), func(t *testing.T) {
					out, reported := leaving(t, fault.Fault{Mode: mode, PerMille: share}, h)
					require.Equal(t, "disconnected", out.Err)
					require.True(t, reported.Fired, reported.Detail)
				})
			}
		}
	}
}

// TestAHandlerThatTakesNoTimeSeesItsClientLeave before its work or after it.
func TestAHandlerThatTakesNoTimeSeesItsClientLeave(t *testing.T) {
	for share, before := range map[int]bool{0: true, 250: true, 251: false, 900: false} {
		for _, mode := range []fault.Mode{fault.Reset, fault.Close} {
			var working, answering error
			_, reported := leaving(t, fault.Fault{Mode: mode, PerMille: share},
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					working = r.Context().Err()
					w.WriteHeader(http.StatusCreated)
					answering = r.Context().Err()
				}))
			require.True(t, reported.Fired, reported.Detail)
			require.Equal(t, before, working != nil, "at %d", share)
			require.Error(t, answering, "at %d", share)
		}
	}
}
