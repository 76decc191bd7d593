package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hostility is how an endpoint treats one kind of message from some message on.
type hostility struct {
	// how is a name of [hostilities], where what is sent: "operation", "setup", "ledger" or "read".
	how, where string
	// after is how many such messages are answered rightly before.
	after int64
}

// hostilities hold a connection for as long as they like.
func hostilities() map[string]func(net.Conn) {
	return map[string]func(net.Conn){
		"hangs": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) },
		"continues for ever": func(c net.Conn) {
			forever(c, 0, []byte("HTTP/1.1 100 Continue\r\n\r\n"))
		},
		"sends a byte of its header now and then": func(c net.Conn) {
			begin(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
			forever(c, time.Second, []byte("a"))
		},
		"sends a byte of its body now and then": func(c net.Conn) {
			begin(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
			forever(c, time.Second, []byte(" "))
		},
		"answers its head alone": func(c net.Conn) {
			begin(c, "HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
			_, _ = c.Read(make([]byte, 1))
		},
		"answers without end": func(c net.Conn) {
			begin(c, "HTTP/1.1 200 OK\r\n\r\n")
			forever(c, 0, bytes.Repeat([]byte(" "), 1<<12))
		},
	}
}

// begin sends the beginning of an answer; who has gone misses nothing.
func begin(c net.Conn, text string) { _, _ = io.WriteString(c, text) }

// forever sends a piece again and again until nobody listens.
func forever(c net.Conn, pause time.Duration, piece []byte) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, c) // it ends with the connection
	}()
	for {
		if _, err := c.Write(piece); err != nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-gone:
			return
		}
	}
}

// serveHostile serves a right endpoint that is hostile in one way, and returns its URL.
func serveHostile(t *testing.T, h hostility) string {
	t.Helper()
	return serveRecording(t, h, func() {})
}

// serveRecording is serveHostile; it tells each time before it is hostile.
func serveRecording(t *testing.T, h hostility, tell func()) string {
	t.Helper()
	right := &payments{accounts: map[string]int{}, answers: map[string]stored{}}
	act := hostilities()[h.how]
	var met atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if messageKind(r) != h.where || met.Add(1) <= h.after {
				right.ServeHTTP(w, r)
				return
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Errorf("taking the connection over: %v", err)
				return
			}
			defer conn.Close()
			tell()
			act(conn)
		}))
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// messageKind says what a message to the endpoint is for.
func messageKind(r *http.Request) string {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/accounts":
		return "setup"
	case r.Method == http.MethodPost:
		return "operation"
	case strings.HasPrefix(r.URL.Path, "/accounts/"):
		return "read"
	}
	return "ledger"
}
