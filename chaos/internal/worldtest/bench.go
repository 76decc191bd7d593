// Package worldtest checks that a world makes every fault happen, by what a real service sees of
// it.
package worldtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// patience bounds waits that must succeed, brief is when a client gives up that is meant to.
const (
	patience = 10 * time.Second
	brief    = 150 * time.Millisecond
)

// NewWorld makes the world under test.
type NewWorld struct {
	// Open makes the world of a service at a URL.
	Open func(t *testing.T, url string) chaos.World
	// Serve serves the handler of a check; nil means plain HTTP/1.1 over TCP.
	Serve func(t *testing.T, h http.Handler) *httptest.Server
}

// bench is one case: a service, the network to it, and what was recorded.
type bench struct {
	t       *testing.T
	service *service
	net     chaos.Net
	began   time.Time

	mu     sync.Mutex
	events []model.Event
	// stays are those of the copies of the last duplicate; protected by mu.
	stays []chaos.Stay
}

func newBench(t *testing.T, open NewWorld, handle http.HandlerFunc, faults ...fault.Fault) *bench {
	t.Helper()
	b := &bench{t: t, service: newService(t, handle, open.Serve), began: time.Now()}
	world := open.Open(t, b.service.server.URL)
	for _, f := range faults {
		require.NoError(t, world.Expresses(f))
	}
	b.net = world.Open(chaos.NetOptions{
		Faults: faults, Record: b.record, Interpret: interpret, Copies: b.watch,
	})
	t.Cleanup(func() {
		b.net.Close()
		require.NoError(t, world.Close())
		b.service.server.Close()
	})
	return b
}

// watch keeps how long copies were with the service.
func (b *bench) watch(_ fault.Fault, stays []chaos.Stay) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stays = stays
}

func (b *bench) record(e model.Event) {
	e.At = time.Since(b.began)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func interpret(status int, header map[string][]string, body []byte) *model.Answer {
	return &model.Answer{Status: status, Body: string(body)}
}

// of returns the events of a kind for an attempt of operation "a"; 0 means any.
func (b *bench) of(kind model.EventKind, attempt int) []model.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return lists.Where(b.events, func(e model.Event) bool {
		return e.Kind == kind && (attempt == 0 || e.Attempt == attempt)
	})
}

// payload is the body of every attempt.
const payload = `{"amount":100,"currency":"EUR","mark":"0123456789abcdef"}`

func attempt(n int, timeout time.Duration) chaos.Attempt {
	head := fmt.Sprintf("POST /payments HTTP/1.1\r\nHost: service\r\nIdempotency-Key: key-1\r\n"+
		"Attempt: %d\r\nContent-Length: %d\r\n\r\n", n, len(payload))
	return chaos.Attempt{
		Operation: "a", Number: n, Head: []byte(head), Payload: []byte(payload), Timeout: timeout,
	}
}

func (b *bench) send(n int, timeout time.Duration) chaos.Completion {
	return b.net.Attempt(b.t.Context(), attempt(n, timeout))
}

// sendAll sends attempts 1 to k side by side.
func (b *bench) sendAll(k int, timeout time.Duration) []chaos.Completion {
	out := make([]chaos.Completion, k)
	var wg sync.WaitGroup
	for i := range k {
		wg.Go(func() { out[i] = b.send(i+1, timeout) })
	}
	wg.Wait()
	return out
}

func (b *bench) drain() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	require.NoError(b.t, b.net.Drain(ctx))
}

// faulted drains and returns the only report of the only fault.
func (b *bench) faulted() model.Event {
	b.t.Helper()
	b.drain()
	faulted := b.of(model.FaultReported, 0)
	require.Len(b.t, faulted, 1)
	b.t.Logf("fired %v: %s", faulted[0].Fired, faulted[0].Detail)
	return faulted[0]
}

func (b *bench) fired() model.Event {
	b.t.Helper()
	e := b.faulted()
	require.True(b.t, e.Fired, e.Detail)
	return e
}

func (b *bench) notFired() model.Event {
	b.t.Helper()
	e := b.faulted()
	require.False(b.t, e.Fired, e.Detail)
	return e
}

// service is a real HTTP server that remembers what it saw.
type service struct {
	server *httptest.Server
	handle http.HandlerFunc

	mu  sync.Mutex
	got []observed
}

// observed is one execution of the handler, as it was when the handler returned.
type observed struct {
	attempt   string
	body      string
	bodyErr   error
	cancelled bool
}

func newService(
	t *testing.T, handle http.HandlerFunc, serve func(*testing.T, http.Handler) *httptest.Server,
) *service {
	s := &service{handle: handle}
	if serve != nil {
		s.server = serve(t, s)
		return s
	}
	s.server = httptest.NewServer(s)
	return s
}

// ServeHTTP implements [http.Handler].
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	o := observed{attempt: r.Header.Get("Attempt"), body: string(body), bodyErr: err}
	s.handle(w, r)
	o.cancelled = r.Context().Err() != nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, o)
}

func (s *service) seen() []observed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]observed{}, s.got...)
}

// arrived returns the executions once there are n, which must be all.
func (b *bench) arrived(n int) []observed {
	b.t.Helper()
	enough := func() bool { return len(b.service.seen()) >= n }
	require.Eventually(b.t, enough, patience, time.Millisecond)
	got := b.service.seen()
	require.Len(b.t, got, n)
	return got
}

// whole returns the executions, which must be n and have read their whole body.
func (b *bench) whole(n int) []observed {
	b.t.Helper()
	got := b.arrived(n)
	for _, o := range got {
		require.NoError(b.t, o.bodyErr)
		require.Equal(b.t, payload, o.body)
	}
	return got
}

const answer = `{"id":"payment-1","status":"succeeded"}`

// created answers at once.
func created(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer)
}

// after answers after some time.
func after(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		<-time.After(d)
		created(w, r)
	}
}

// untilCancelled answers when the client has left, and in the end anyway.
func untilCancelled(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(patience):
	}
	created(w, r)
}
