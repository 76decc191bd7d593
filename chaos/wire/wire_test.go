package wire_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/worldtest"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryFault(t *testing.T) {
	worldtest.Run(t, worldtest.NewWorld{Open: func(t *testing.T, url string) chaos.World {
		w, err := wire.New(wire.Options{URL: url})
		require.NoError(t, err)
		return w
	}})
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	w, err := wire.New(wire.Options{URL: server.URL, TLSConfig: &tls.Config{RootCAs: authorities}})
	require.NoError(t, err)
	out := send(t, w, strings.Repeat("x", 1<<20))
	require.Empty(t, out.Err)
	require.Len(t, out.Answer.Body, 1<<20)

	w, err = wire.New(wire.Options{Addr: server.Listener.Addr().String(), TLS: true})
	require.NoError(t, err)
	require.Contains(t, send(t, w, "x").Err, "certificate", "an unknown authority is not trusted")
}

func send(t *testing.T, w *wire.World, payload string) chaos.Completion {
	n := w.Open(quiet())
	out := n.Attempt(t.Context(), attempt(payload))
	require.NoError(t, n.Drain(t.Context()))
	require.NoError(t, w.Close())
	return out
}

func quiet() chaos.NetOptions {
	return chaos.NetOptions{
		Record: func(model.Event) {},
		Interpret: func(status int, _ map[string][]string, body []byte) *model.Answer {
			return &model.Answer{Status: status, Body: string(body)}
		},
	}
}

func attempt(payload string) chaos.Attempt {
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", len(payload))
	return chaos.Attempt{
		Operation: "a", Number: 1, Head: []byte(head), Payload: []byte(payload),
		Timeout: time.Minute,
	}
}

// TestAnswersThatPassABound: what is too much is not read on, and the service learns that nobody
// reads. Close waits for the handler.
func TestAnswersThatPassABound(t *testing.T) {
	for _, tt := range []struct{ name, head, again, says string }{
		{"a body", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "x", "larger than 1 MiB"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", "larger than 1 MiB"},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", "x", "larger than 1 MiB"},
		{"a head", "HTTP/1.1 200 OK\r\n", "X-Again: yes\r\n", "the head of the answer is longer than 256 KiB"},
		{"a line", "HTTP/1.1 200 OK\r\nX-Long: ", "x", "the head of the answer is longer than 256 KiB"},
		{"before it", "", "HTTP/1.1 100 Continue\r\n\r\n", "more than 100 informational answers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return
				}
				defer conn.Close()
				_, err = io.WriteString(conn, tt.head)
				for some := strings.Repeat(tt.again, 1000); err == nil; {
					_, err = io.WriteString(conn, some)
				}
			}))
			defer server.Close()
			w, err := wire.New(wire.Options{URL: server.URL})
			require.NoError(t, err)
			out := send(t, w, "x")
			require.Nil(t, out.Answer)
			require.Contains(t, out.Unread, tt.says)
		})
	}
}

// TestRoomForLargeAnswers: of many large answers at once some are not read, and small ones all are.
func TestRoomForLargeAnswers(t *testing.T) {
	const many = 40
	var arrived sync.WaitGroup
	arrived.Add(many)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Done(); r.ContentLength > 1 {
			arrived.Wait()
		}
		_, _ = w.Write(make([]byte, 200<<10))
	}))
	defer server.Close()
	w, err := wire.New(wire.Options{URL: server.URL})
	require.NoError(t, err)
	outs := make([]chaos.Completion, many)
	var wg sync.WaitGroup
	nets := make([]chaos.Net, many)
	for i := range many {
		nets[i] = w.Open(quiet())
		wg.Go(func() { outs[i] = nets[i].Attempt(t.Context(), attempt("xx")) })
	}
	wg.Wait()
	read := 0
	for i, out := range outs {
		require.NoError(t, nets[i].Drain(t.Context()))
		if out.Answer != nil {
			read++
			continue
		}
		require.Contains(t, out.Unread, "run with fewer --parallel")
	}
	require.Positive(t, read)
	again := w.Open(quiet())
	arrived.Add(1)
	require.NotNil(t, again.Attempt(t.Context(), attempt("x")).Answer, "room is given back")
	require.NoError(t, again.Drain(t.Context()))
	require.NoError(t, w.Close())
}

func TestNew(t *testing.T) {
	for _, o := range []wire.Options{{}, {URL: "ftp://host"}, {Addr: "host"}, {URL: ":"}} {
		_, err := wire.New(o)
		require.Error(t, err, "%+v", o)
	}
}

// BenchmarkAttempt measures attempts on new connections, through links and without.
func BenchmarkAttempt(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	b.Run("link", func(b *testing.B) {
		w, err := wire.New(wire.Options{URL: server.URL})
		require.NoError(b, err)
		n := w.Open(quiet())
		a := attempt("hello")
		for b.Loop() {
			require.Empty(b, n.Attempt(b.Context(), a).Err)
		}
		require.NoError(b, n.Drain(b.Context()))
		require.NoError(b, w.Close())
	})
	b.Run("direct", func(b *testing.B) {
		a := attempt("hello")
		for b.Loop() {
			direct(b, server.Listener.Addr().String(), a)
		}
	})
}

func direct(b *testing.B, addr string, a chaos.Attempt) {
	conn, err := net.Dial("tcp", addr)
	require.NoError(b, err)
	_, err = conn.Write(append(append([]byte{}, a.Head...), a.Payload...))
	require.NoError(b, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(b, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(b, errors.Join(err, conn.Close()))
}
