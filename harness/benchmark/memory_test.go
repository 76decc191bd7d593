package benchmark_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
)

// attempts is how many attempts one measurement makes, one after another.
const attempts = 4000

// inTest calls f with a *testing.T, which bubbles of virtual time need and benchmarks do not have.
func inTest(b *testing.B, f func(t *testing.T)) {
	b.Helper()
	all := func(string, string) (bool, error) { return true, nil }
	require.True(b, testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: f}}))
}

// BenchmarkAttemptsInMemory compares attempts per second: through the memory world with a
// recorder, and by the same handler over bare in-memory pipes, a new one for each attempt.
func BenchmarkAttemptsInMemory(b *testing.B) {
	var f figure
	for b.Loop() {
		inTest(b, func(t *testing.T) {
			var ours, peers []float64
			for range rounds {
				ours = append(ours, rate(func() { throughWorld(t) }))
				peers = append(peers, rate(func() { overPipes(t) }))
			}
			f = figure{
				Name: "attempts per second in memory, beside bare pipes", Unit: "attempts/s",
				Ours: median(ours), Peer: median(peers), Goal: 0.5,
			}
			f.Ratio = f.Ours / f.Peer
		})
	}
	report(b, f)
	save(b, []figure{f})
}

// rate runs all attempts and returns how many that is in a second of real time.
func rate(run func()) float64 {
	begun := time.Now()
	run()
	return attempts / time.Since(begun).Seconds()
}

// throughWorld makes the attempts through the memory world in a bubble.
func throughWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := memory.New(func() http.Handler { return paying(t) })
		var events atomic.Int64
		n := world.Open(chaos.NetOptions{
			Record: func(model.Event) { events.Add(1) },
			Interpret: func(status int, _ map[string][]string, body []byte) *model.Answer {
				return &model.Answer{Status: status, Body: string(body)}
			},
		})
		everyAttempt(t, func(i int, head, body []byte) (int, error) {
			out := n.Attempt(t.Context(), chaos.Attempt{
				Operation: "a", Number: i, Head: head, Payload: body, Timeout: 2 * time.Second,
			})
			require.Empty(t, out.Err)
			return out.Answer.Status, nil
		})
		require.NoError(t, n.Drain(t.Context()))
		n.Close()
		require.NoError(t, world.Close())
		require.EqualValues(t, 2*(attempts+1), events.Load(), "every attempt was sent and answered")
	})
}

// overPipes makes the attempts over pipes in a bubble.
func overPipes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pipes{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: paying(t), ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = server.Serve(l) }()
		everyAttempt(t, func(_ int, head, body []byte) (int, error) {
			client, service := net.Pipe()
			defer client.Close()
			l.accepted <- service
			if _, err := client.Write(append(append([]byte{}, head...), body...)); err != nil {
				return 0, err
			}
			answer, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				return 0, err
			}
			_, err = io.ReadAll(answer.Body)
			return answer.StatusCode, err
		})
		close(l.ended)
		_ = server.Close()
	})
}

// everyAttempt opens an account and charges it again and again, each time with a key of its own.
func everyAttempt(t *testing.T, send func(i int, head, body []byte) (int, error)) {
	for i := range attempts + 1 {
		path, body := "/v1/charges", `{"account":"a","amount":1,"reference":"r"}`
		if i == 0 {
			path, body = "/v1/accounts", `{"id":"a","name":"a","currency":"EUR","balance":100000}`
		}
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: in.memory\r\nAuthorization: Bearer alpha-token\r\n"+
			"Content-Type: application/json\r\nIdempotency-Key: \"k%d\"\r\nContent-Length: %d\r\n\r\n",
			path, i, len(body))
		status, err := send(i+1, []byte(head), []byte(body))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
	}
}

// paying is a reference service.
func paying(t *testing.T) http.Handler {
	s, err := reference.New(reference.Options{Work: work})
	require.NoError(t, err)
	return s
}

// pipes is a listener whose connections are handed to it.
type pipes struct {
	accepted chan net.Conn
	ended    chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return &net.IPAddr{} }
