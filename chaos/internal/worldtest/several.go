package worldtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

func disconnect(t *testing.T, open NewWorld) {
	for _, m := range []fault.Mode{fault.Close, fault.Reset} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, untilCancelled,
				planned(fault.Disconnect, span(m, 20*time.Millisecond)))
			require.Equal(t, "disconnected", b.send(1, patience).Err)
			require.Equal(t, "before the answer", b.fired().Detail)
			require.True(t, b.whole(1)[0].cancelled)
		})
	}
}

func disconnectTooLate(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Disconnect, span(fault.Close, 500*time.Millisecond)))
	require.Equal(t, "disconnected", b.send(1, patience).Err)
	require.Contains(t, b.notFired().Detail, "after the answer was on its way")
	require.False(t, b.whole(1)[0].cancelled)
}

// clientLeaves: without a fault that hides it, a client that gives up is seen by the service at
// once.
func clientLeaves(t *testing.T, open NewWorld) {
	b := newBench(t, open, untilCancelled)
	require.Equal(t, "timeout", b.send(1, brief).Err)
	b.drain()
	require.True(t, b.whole(1)[0].cancelled)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, "canceled", b.net.Attempt(ctx, attempt(2, patience)).Err)
}

func hiddenDuplicate(t *testing.T, open NewWorld) {
	for _, m := range []fault.Mode{fault.AtOnce, fault.AfterAnswer} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.HiddenDuplicate, mode(m)))
			require.Equal(t, 201, b.send(1, patience).Answer.Status)
			b.fired()
			b.whole(2)
			checkHits(b, 2)
		})
	}
	t.Run("never answered", func(t *testing.T) {
		b := newBench(t, open, hangUp, planned(fault.HiddenDuplicate, mode(fault.AfterAnswer)))
		require.Equal(t, "eof", b.send(1, patience).Err)
		b.notFired()
	})
}

// hangUp closes the connection instead of answering.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func checkHits(b *bench, n int) {
	b.t.Helper()
	for _, kind := range []model.EventKind{model.Sent, model.Answered} {
		hits := lists.Map(b.of(kind, 1), func(e model.Event) int { return e.Hit })
		require.Len(b.t, lists.Distinct(hits), n, kind)
	}
}

// hiddenResend: Go's own client sends a POST again on a reused connection when it carries a key.
// Both are hits of one attempt.
func hiddenResend(t *testing.T, open NewWorld) {
	var mu sync.Mutex
	count := 0
	b := newBench(t, open, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count++
		n := count
		mu.Unlock()
		if n == 2 {
			hangUp(w, r)
		}
		created(w, r)
	})
	s := b.net.(chaos.Clients).Begin(attempt(1, patience))
	transport := &http.Transport{DialContext: s.DialContext}
	client := &http.Client{Transport: transport, Timeout: patience}
	for range 2 {
		post(t, client)
	}
	transport.CloseIdleConnections()
	s.End(chaos.Completion{})
	b.drain()
	sent, answered := b.of(model.Sent, 1), b.of(model.Answered, 1)
	require.Len(t, sent, 3)
	require.Len(t, answered, 3)
	require.Equal(t, []int{1, 2, 3}, []int{sent[0].Hit, sent[1].Hit, sent[2].Hit})
	require.Equal(t, []int{1, 2, 3}, []int{answered[0].Hit, answered[1].Hit, answered[2].Hit})
	require.Equal(t, []string{"", "closed", ""},
		[]string{answered[0].Err, answered[1].Err, answered[2].Err})
}

func post(t *testing.T, client *http.Client) {
	req, err := http.NewRequest(http.MethodPost, "http://service/payments",
		strings.NewReader(payload))
	require.NoError(t, err)
	req.Header.Set("Idempotency-Key", "key-1")
	resp, err := client.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, errors.Join(err, resp.Body.Close()))
	require.Equal(t, 201, resp.StatusCode)
}

func reorder(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Reorder, nil))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	require.Empty(t, b.service.seen())
	require.Equal(t, 201, b.send(2, patience).Answer.Status)
	b.fired()
	got := b.whole(2)
	require.Equal(t, "2", got[0].attempt)
	require.Equal(t, "1", got[1].attempt)
	require.False(t, got[1].cancelled)
}

func reorderHealed(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Reorder, nil))
	require.Equal(t, "timeout", b.send(1, brief).Err)
	b.net.Heal()
	b.notFired()
	b.whole(1)
}

func partition(t *testing.T, open NewWorld) {
	for _, m := range []fault.Mode{"", fault.Both, fault.Upstream, fault.Downstream} {
		t.Run(string(m), func(t *testing.T) {
			b := newBench(t, open, created, planned(fault.Partition, mode(m)))
			require.Equal(t, "timeout", b.send(1, brief).Err)
			if m == fault.Downstream {
				b.whole(1)
			} else {
				require.Empty(t, b.service.seen())
			}
			require.Equal(t, "timeout", b.send(2, brief).Err)
			b.net.Heal()
			require.Contains(t, b.fired().Detail, "2 attempts")
			require.Equal(t, 201, b.send(3, patience).Answer.Status)
			for _, o := range b.whole(3) {
				require.False(t, o.cancelled)
			}
		})
	}
}

// partitionByTime: held bytes arrive when it is over, like a retransmission, and the client gets
// its answer.
func partitionByTime(t *testing.T, open NewWorld) {
	b := newBench(t, open, created, planned(fault.Partition, span(fault.Both, brief)))
	begun := time.Now()
	require.Equal(t, 201, b.send(1, patience).Answer.Status)
	require.GreaterOrEqual(t, time.Since(begun), brief)
	b.fired()
}

func partitionIdle(t *testing.T, open NewWorld) {
	b := newBench(t, open, created,
		planned(fault.Partition, span(fault.Downstream, time.Millisecond)),
		planned(fault.Refused, nil))
	require.Equal(t, "refused", b.send(1, patience).Err)
	b.net.Heal()
	b.drain()
	for _, e := range b.of(model.FaultReported, 1) {
		require.Equal(t, e.Fault.Kind == fault.Refused, e.Fired, e.Detail)
	}
}

func copies(n int, d time.Duration) func(*fault.Fault) {
	return func(f *fault.Fault) { f.Copies, f.Span = n, value.Duration(d) }
}

func concurrentDuplicate(t *testing.T, open NewWorld) {
	const n = 4
	b := newBench(t, open, after(50*time.Millisecond),
		planned(fault.ConcurrentDuplicate, copies(n, 0)))
	begun := time.Now()
	for _, out := range b.sendAll(n, patience) {
		require.Equal(t, 201, out.Answer.Status)
	}
	took := time.Since(begun)
	b.fired()
	b.whole(n)
	raced := b.of(model.Raced, 1)
	require.Len(t, raced, 1)
	require.Equal(t, n, raced[0].Copies)
	require.True(t, raced[0].Fired)
	require.Greater(t, raced[0].Overlap, 20*time.Millisecond)
	require.Less(t, raced[0].Overlap, took)
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Len(t, b.stays, n)
	for _, stay := range b.stays {
		require.False(t, stay.Sent.IsZero() || stay.Ended.IsZero(), "%+v", b.stays)
	}
}

// concurrentAlone: a copy that is refused lets the other one go, and the race is not reported as
// one.
func concurrentAlone(t *testing.T, open NewWorld) {
	b := newBench(t, open, created,
		planned(fault.ConcurrentDuplicate, copies(2, 0)),
		planned(fault.Refused, func(f *fault.Fault) { f.Attempt = 2 }))
	out := b.sendAll(2, patience)
	require.Equal(t, 201, out[0].Answer.Status)
	require.Equal(t, "refused", out[1].Err)
	b.drain()
	for _, e := range b.of(model.FaultReported, 0) {
		require.Equal(t, e.Fault.Kind == fault.Refused, e.Fired, e.Detail)
	}
	raced := b.of(model.Raced, 0)
	require.Len(t, raced, 1)
	require.False(t, raced[0].Fired)
	require.Zero(t, raced[0].Overlap)
}

func staggeredDuplicate(t *testing.T, open NewWorld) {
	const step = 30 * time.Millisecond
	b := newBench(t, open, after(300*time.Millisecond),
		planned(fault.StaggeredDuplicate, copies(3, step)))
	begun := time.Since(b.began)
	for _, out := range b.sendAll(3, patience) {
		require.Equal(t, 201, out.Answer.Status)
	}
	require.Contains(t, b.fired().Detail, "staggered")
	b.whole(3)
	for i := range 3 {
		require.GreaterOrEqual(t, b.of(model.Sent, i+1)[0].At-begun, time.Duration(i)*step)
	}

	require.Empty(t, b.of(model.Raced, 0), "staggered copies are no planned race")

	b = newBench(t, open, created, planned(fault.StaggeredDuplicate, copies(2, 2*brief)))
	b.sendAll(2, patience)
	require.Contains(t, b.fired().Detail, "no two were at work")

	b = newBench(t, open, created,
		planned(fault.StaggeredDuplicate, copies(2, brief)),
		planned(fault.Refused, func(f *fault.Fault) { f.Attempt = 2 }))
	b.sendAll(2, patience)
	b.drain()
	for _, e := range b.of(model.FaultReported, 0) {
		require.Equal(t, e.Fault.Kind == fault.Refused, e.Fired, e.Detail)
	}
}

// severalFaults: a copy of a race loses its answer, after a delay.
func severalFaults(t *testing.T, open NewWorld) {
	b := newBench(t, open, after(50*time.Millisecond),
		planned(fault.ConcurrentDuplicate, copies(2, 0)),
		planned(fault.Delay, span(fault.Upstream, 20*time.Millisecond)),
		planned(fault.ResponseLost, func(f *fault.Fault) { f.Attempt, f.Mode = 2, fault.Close }))
	out := b.sendAll(2, patience)
	require.Equal(t, 201, out[0].Answer.Status)
	require.Equal(t, "eof", out[1].Err)
	b.drain()
	b.whole(2)
	faulted := b.of(model.FaultReported, 0)
	require.Len(t, faulted, 3)
	for _, e := range faulted {
		require.True(t, e.Fired, "%s: %s", e.Fault.Kind, e.Detail)
	}
}
