package memory_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a world in a bubble with what it recorded.
type bench struct {
	t      *testing.T
	world  *memory.World
	net    chaos.Net
	begun  time.Time
	mu     sync.Mutex
	events []model.Event // protected by mu
}

// in runs a test in a bubble, against a service that takes two milliseconds for each answer and
// names the instance that gave it.
func in(t *testing.T, faults []fault.Fault, test func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, begun: time.Now()}
		var instances atomic.Int64
		b.world = memory.New(func() http.Handler {
			n := instances.Add(1)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer(b.world, n, w, r)
			})
		})
		b.net = b.world.Open(chaos.NetOptions{Faults: faults, Record: b.record, Interpret: interpret})
		test(b)
		require.NoError(t, b.net.Drain(t.Context()))
		b.net.Close()
		require.NoError(t, b.world.Close())
	})
}

// answer works and answers unless the instance dies at the named point on the way.
func answer(world *memory.World, instance int64, w http.ResponseWriter, r *http.Request) {
	if world.Reached("at work", 0) {
		return
	}
	select {
	case <-time.After(2 * time.Millisecond):
	case <-r.Context().Done():
	}
	_, _ = fmt.Fprintf(w, "instance %d", instance)
}

func (b *bench) record(e model.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.At = time.Since(b.begun)
	b.events = append(b.events, e)
}

// of lists the events of a kind.
func (b *bench) of(kind model.EventKind) []model.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []model.Event
	for _, e := range b.events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func interpret(status int, _ map[string][]string, body []byte) *model.Answer {
	return &model.Answer{Status: status, Body: string(body)}
}

// send makes attempt n.
func (b *bench) send(n int) chaos.Completion {
	return b.net.Attempt(b.t.Context(), chaos.Attempt{
		Operation: "a", Number: n, Timeout: time.Second,
		Head: []byte("POST / HTTP/1.1\r\nHost: in.memory\r\nContent-Length: 0\r\n\r\n"),
	})
}

// TestCrash: a crash cuts the attempt that is at work, and the next one meets another instance.
func TestCrash(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"at a time":        {Span: value.Duration(time.Millisecond)},
		"at a named point": {Point: "at work"},
	} {
		t.Run(name, func(t *testing.T) {
			f.Kind, f.Operation, f.Attempt = fault.Crash, "a", 1
			in(t, []fault.Fault{f}, func(b *bench) {
				require.NoError(t, b.world.Expresses(f))
				require.Equal(t, "reset", b.send(1).Err)
				require.Equal(t, "instance 2", b.send(2).Answer.Body)
				faulted := b.of(model.FaultReported)
				require.Len(t, faulted, 1)
				require.True(t, faulted[0].Fired, faulted[0].Detail)
			})
		})
	}
}

// TestCrashThatDoesNotCome: an attempt that was not made arms nothing, and after Heal nothing crashes.
func TestCrashThatDoesNotCome(t *testing.T) {
	late := fault.Fault{
		Kind: fault.Crash, Operation: "a", Attempt: 1, Span: value.Duration(time.Hour),
	}
	never := fault.Fault{Kind: fault.Crash, Operation: "a", Attempt: 9, Point: "at work"}
	in(t, []fault.Fault{late, never}, func(b *bench) {
		require.Equal(t, "instance 1", b.send(1).Answer.Body)
		b.net.Heal()
		require.Equal(t, "instance 1", b.send(2).Answer.Body)
		faulted := b.of(model.FaultReported)
		require.Len(t, faulted, 2)
		require.False(t, faulted[0].Fired || faulted[1].Fired)
	})
}

// TestCopiesTakeTurns: copies released together reach the service within a microsecond and yet never
// in the same instant, so that their order is the same every time.
func TestCopiesTakeTurns(t *testing.T) {
	const copies = 5
	f := fault.Fault{
		Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: copies,
	}
	in(t, []fault.Fault{f}, func(b *bench) {
		var wg sync.WaitGroup
		for n := range copies {
			wg.Go(func() { b.send(n + 1) })
		}
		wg.Wait()
		require.NoError(t, b.net.Drain(t.Context()))
		seen := map[time.Duration]bool{}
		sent := b.of(model.Sent)
		require.Len(t, sent, copies)
		for _, e := range sent {
			require.False(t, seen[e.At], "two copies at %v", e.At)
			seen[e.At] = true
			require.Less(t, e.At-sent[0].At, time.Microsecond)
		}
		raced := b.of(model.Raced)
		require.Len(t, raced, 1)
		require.True(t, raced[0].Fired, raced[0].Detail)
	})
}

// TestClosed: nothing of a world outlives its Close, and nobody reaches it any more.
func TestClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := memory.New(http.NotFoundHandler)
		transport := world.Transport()
		client := http.Client{Transport: transport}
		answer, err := client.Get("http://in.memory/")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		transport.CloseIdleConnections()
		require.NoError(t, world.Close())
		_, err = client.Get("http://in.memory/")
		require.ErrorContains(t, err, "refused")
	})
}
