package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hanging is an endpoint of payments that hangs in one way.
type hanging struct {
	name string
	flaws
	// how is a name of [hostilities], which is what happens to the messages that at says.
	how string
	at  func(m message) bool
	// connections is how many connections it takes; zero takes all. Whoever comes later waits.
	connections int
	// few: it is tried also where nobody asks for all.
	few bool
}

// message is a message to an endpoint that hangs: the nth of its kind, and so long after the first.
type message struct {
	kind   string
	number int
	// repeat: its key came before.
	repeat bool
	since  time.Duration
}

// hangings are ways to hang.
func hangings() []hanging {
	later := func(kind string) func(message) bool {
		return func(m message) bool { return m.kind == kind && m.number > 20 }
	}
	first := func(kind string) func(message) bool {
		return func(m message) bool { return m.kind == kind }
	}
	const drips = "sends a byte of its body now and then"
	wrong := flaws{ignoresKeys: true}
	shrinking := func(m message) bool { return m.since > 2500*time.Millisecond }
	return []hanging{
		{name: "operations get no answer", how: "hangs", at: later("operation")},
		{name: "operations get a head", how: "answers its head alone", at: later("operation"), few: true},
		{name: "operations get a byte a second", how: drips, at: later("operation")},
		{name: "repeats", how: "hangs", at: func(m message) bool { return m.repeat }, few: true},
		{name: "ledger", how: "hangs", at: later("ledger")},
		{name: "ledger, a byte a second", how: drips, at: later("ledger")},
		{name: "state", how: "hangs", at: later("read")},
		{name: "state, a byte a second", how: drips, at: later("read")},
		{name: "setup", how: "hangs", at: later("setup")},
		{name: "every third message", how: "hangs", at: func(m message) bool { return m.number%3 == 0 }},
		{name: "every third operation", how: "hangs", at: func(m message) bool {
			return m.kind == "operation" && m.number%3 == 0
		}},
		{name: "operations of the warm-up", how: "hangs", at: first("operation")},
		{name: "setup of the warm-up", how: "hangs", at: first("setup")},
		{name: "ledger of the warm-up", how: "hangs", at: first("ledger")},
		{name: "everything while shrinking", flaws: wrong, how: "hangs", at: shrinking},
		{name: "ledger while shrinking", flaws: wrong, how: "hangs", at: func(m message) bool {
			return m.kind == "ledger" && shrinking(m)
		}},
		{name: "nothing, and it is wrong", flaws: wrong, how: "hangs", at: first("")},
		{name: "no connection", how: "hangs", at: first(""), connections: -1, few: true},
		{name: "no connection after a while", how: "hangs", at: first(""), connections: 40},
	}
}

// serve serves an endpoint that hangs and returns its URL.
func (h hanging) serve(t *testing.T) string {
	t.Helper()
	right, act, seen := newPayments(h.flaws), hostilities()[h.how], messages{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if !h.at(seen.see(r)) {
				right.ServeHTTP(w, r)
				return
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Errorf("taking the connection over: %v", err)
				return
			}
			defer conn.Close()
			act(conn)
		}))
	if h.connections != 0 {
		server.Listener.Close()
		server.Listener = reluctantly(t, h.connections)
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// messages are those that came. All fields are protected by mu.
type messages struct {
	mu      sync.Mutex
	begun   time.Time
	numbers map[string]int
	keys    map[string]bool
}

// see files a message.
func (s *messages) see(r *http.Request) message {
	if body, err := io.ReadAll(r.Body); err == nil { // what broke off is read again, and breaks off
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun.IsZero() {
		s.begun, s.numbers, s.keys = time.Now(), map[string]int{}, map[string]bool{}
	}
	m := message{kind: messageKind(r), since: time.Since(s.begun)}
	s.numbers[m.kind]++
	m.number = s.numbers[m.kind]
	if key := r.Header.Get("Idempotency-Key"); m.kind == "operation" && key != "" {
		m.repeat, s.keys[key] = s.keys[key], true
	}
	return m
}

// reluctant is a listener that takes some connections and then no more.
type reluctant struct {
	net.Listener
	left   chan struct{}
	closed chan struct{}
	once   sync.Once
}

// reluctantly listens for a number of connections, none if it is negative. The queue of those who
// wait has room for hardly anybody, so that all others cannot even connect.
func reluctantly(t *testing.T, connections int) net.Listener {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	l, err := net.FileListener(file)
	require.NoError(t, err)
	r := &reluctant{
		Listener: l, left: make(chan struct{}, max(connections, 0)), closed: make(chan struct{}),
	}
	for range connections {
		r.left <- struct{}{}
	}
	if connections < 0 {
		waiting, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { waiting.Close() })
	}
	return r
}

// Accept implements [net.Listener].
func (r *reluctant) Accept() (net.Conn, error) {
	select {
	case <-r.left:
		return r.Listener.Accept()
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (r *reluctant) Close() error {
	r.once.Do(func() { close(r.closed) })
	return r.Listener.Close()
}

// lateness adds up by how much the sleeps of a busy machine are too long, until it is asked.
func lateness() (asked func() time.Duration) {
	const nap = 100 * time.Millisecond
	begun, stop, late := time.Now(), make(chan struct{}), make(chan time.Duration)
	go func() {
		for naps := time.Duration(1); ; naps++ {
			select {
			case <-time.After(nap):
			case <-stop:
				late <- max(0, time.Since(begun)-naps*nap)
				return
			}
		}
	}()
	return func() time.Duration { close(stop); return <-late }
}

// TestRunsKeepTheirBudget: whatever hangs, a run exceeds its budget by no more than a tenth and one
// recovery bound, which is two seconds here, and by what a busy machine adds.
func TestRunsKeepTheirBudget(t *testing.T) {
	_, all := kills()
	budgets := []time.Duration{time.Second}
	if all {
		budgets = []time.Duration{4 * time.Second, 15 * time.Second}
	}
	for _, h := range hangings() {
		for _, budget := range budgets {
			if all || h.few {
				t.Run(h.name+"/"+budget.String(), func(t *testing.T) { h.spend(t, budget) })
			}
		}
	}
}

// spend runs against an endpoint that hangs. The bound is asked for as [killsVariable] says.
func (h hanging) spend(t *testing.T, budget time.Duration) {
	t.Parallel()
	args := append(runAgainst(t, h.serve(t)), "--budget", budget.String())
	over, begun, late := make(chan ended, 1), time.Now(), lateness()
	go func() { over <- invocation{ctx: t.Context()}.end(args...) }()
	got := endsWithin(t, over, patience)
	took, bound := time.Since(begun), budget+budget/10+2*time.Second
	by := late()
	t.Logf("%-32s budget %4.1f s, took %5.1f s, bound %5.1f s, late by %4.1f s, exit %d",
		h.name, budget.Seconds(), took.Seconds(), bound.Seconds(), by.Seconds(), got.code)
	if _, promised := kills(); promised {
		require.LessOrEqual(t, took, bound+by, got.out+got.err)
	}
}
