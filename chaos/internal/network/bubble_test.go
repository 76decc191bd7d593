package network

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a listener over in-process connections.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, int) (net.Conn, error) {
	client, server := link.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// bubble runs a case against a handler in virtual time and returns what was recorded.
func bubble(
	t *testing.T, handle http.HandlerFunc, faults []fault.Fault, use func(t *testing.T, n *Net),
) []model.Event {
	var mu sync.Mutex
	var events []model.Event
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		server := &http.Server{Handler: handle}
		go func() { _ = server.Serve(p) }()
		begun := time.Now()
		n := New(Config{Carrier: Embedded{}, Dial: p.dial, Case: chaos.NetOptions{
			Faults: faults,
			Record: func(e model.Event) {
				mu.Lock()
				defer mu.Unlock()
				e.At = time.Since(begun)
				events = append(events, e)
			},
			Interpret: func(status int, _ map[string][]string, body []byte) *model.Answer {
				return &model.Answer{Status: status, Body: string(body)}
			},
		}})
		use(t, n)
		require.NoError(t, n.Drain(t.Context()))
		n.Close()
		require.NoError(t, server.Close())
	})
	return events
}

func payment(n int, timeout time.Duration) chaos.Attempt {
	return chaos.Attempt{
		Operation: "a", Number: n, Timeout: timeout, Payload: []byte("12345"),
		Head: []byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
	}
}

func ok(http.ResponseWriter, *http.Request) {}

// TestVirtualTime: an hour's outage takes no time, and every moment is exact.
func TestVirtualTime(t *testing.T) {
	hour := value.Duration(time.Hour)
	events := bubble(t, ok, []fault.Fault{
		{Kind: fault.LateArrival, Operation: "a", Attempt: 1, Span: 3 * hour},
		{Kind: fault.Partition, Operation: "a", Attempt: 2, Span: hour},
	}, func(t *testing.T, n *Net) {
		require.Equal(t, "timeout", n.Attempt(t.Context(), payment(1, time.Hour)).Err)
		require.Equal(t, 200, n.Attempt(t.Context(), payment(2, 2*time.Hour)).Answer.Status)
	})
	var faulted, sent []time.Duration
	for _, e := range events {
		if e.Kind == model.FaultReported {
			require.True(t, e.Fired, e.Detail)
			faulted = append(faulted, e.At)
		}
		if e.Kind == model.Sent {
			sent = append(sent, e.At)
		}
	}
	require.Equal(t, []time.Duration{2 * time.Hour, 3 * time.Hour}, faulted)
	require.Equal(t, []time.Duration{2 * time.Hour, 3 * time.Hour}, sent)
}

// TestRaceInVirtualTime: copies that are answered in the instant of their release were at work
// together.
func TestRaceInVirtualTime(t *testing.T) {
	events := bubble(t, ok, []fault.Fault{
		{Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: 3},
	}, func(t *testing.T, n *Net) {
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { n.Attempt(t.Context(), payment(i+1, time.Second)) })
		}
		wg.Wait()
	})
	require.True(t, events[len(events)-1].Fired, events[len(events)-1].Detail)
}

// TestClose: what would last for ever is cut, and every fault has been reported.
func TestClose(t *testing.T) {
	reorder := fault.Fault{Kind: fault.Reorder, Operation: "a", Attempt: 1}
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		var faulted []model.Event
		n := New(Config{Carrier: Embedded{}, Dial: p.dial, Case: chaos.NetOptions{
			Faults: []fault.Fault{reorder},
			Record: func(e model.Event) { faulted = append(faulted, e) },
		}})
		require.Equal(t, "timeout", n.Attempt(t.Context(), payment(1, time.Second)).Err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorContains(t, n.Drain(ctx), "attempt a/1")
		n.Close()
		require.Len(t, faulted, 1)
		require.False(t, faulted[0].Fired)
	})
}
