package upstream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos/link"
)

// bridge is a connection on which HTTP/1.1 is spoken to a service that speaks HTTP/2. The service
// has a connection for each, so that what strikes one attempt strikes no other. What is sent goes
// on as it comes: the head of a request when it is whole, its body byte by byte. A client that
// leaves does so as clients of HTTP/2 do, by resetting its stream, once all that it sent is on its
// way.
type bridge struct {
	net.Conn // the end of a pipe that speaks HTTP/1.1
	raw      net.Conn
	// left is closed when the client has left.
	left  chan struct{}
	leave sync.Once
	end   context.CancelFunc
}

// halfClosing closes the way to the service only: a service whose answers nobody takes any more
// may give up before it has read what it was sent. Whoever has the connection itself closes it.
type halfClosing struct{ net.Conn }

// Close closes one direction.
func (c halfClosing) Close() error { return link.CloseWrite(c.Conn) }

// newBridge begins to speak HTTP/2 on a new connection, which is raw or stands upon it.
func newBridge(ctx context.Context, encrypted bool, conn, raw net.Conn) (net.Conn, error) {
	over := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	by := &http.Transport{
		Protocols: protocols(encrypted), DialContext: over, DialTLSContext: over,
		DisableCompression: true,
	}
	service, err := by.NewClientConn(ctx, scheme(encrypted), "service:1")
	if err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("beginning to speak HTTP/2: %w", err)
	}
	near, far := link.Pipe()
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	b := &bridge{Conn: near, raw: raw, left: make(chan struct{}), end: end}
	go b.carry(lasting, far, &stream{service: service, scheme: scheme(encrypted), left: b.left})
	return b, nil
}

// CloseWrite passes on that the client has left.
func (b *bridge) CloseWrite() error {
	b.leave.Do(func() { close(b.left) })
	return link.CloseWrite(b.Conn)
}

// Close ends the connection.
func (b *bridge) Close() error {
	b.end()
	return b.Conn.Close()
}

// NetConn is the connection below, as that of a [tls.Conn].
func (b *bridge) NetConn() net.Conn { return b.raw }

// parting is how long a service may take to close its side of a connection.
const parting = 5 * time.Second

// carry carries one request after the other until an end has left.
func (b *bridge) carry(ctx context.Context, far net.Conn, s *stream) {
	requests := bufio.NewReader(far)
	for ctx.Err() == nil && s.exchange(ctx, requests, far) {
	}
	_ = far.Close()
	_ = s.service.Close()
	_ = b.raw.SetReadDeadline(time.Now().Add(parting))
	_, _ = io.Copy(io.Discard, b.raw) // it is over when the service has read all
	_ = b.raw.Close()
}

// stream carries requests over a connection that speaks HTTP/2.
type stream struct {
	service *http.ClientConn
	scheme  string
	left    chan struct{}
}

// exchange carries one request and its answer, and reports whether another may follow.
func (s *stream) exchange(ctx context.Context, from *bufio.Reader, to io.Writer) bool {
	req, err := http.ReadRequest(from)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan struct{})
	wrote := sync.OnceFunc(func() { close(sent) })
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { wrote() }}
	go s.reset(ctx, cancel, sent)
	body := &wholeBody{ReadCloser: req.Body, over: make(chan struct{})}
	if req.ContentLength != 0 {
		req.Body = body
	} else {
		body.end()
	}
	req.URL.Scheme, req.URL.Host, req.RequestURI = s.scheme, req.Host, ""
	resp, err := s.service.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	resp.Proto, resp.ProtoMajor, resp.ProtoMinor = "HTTP/1.1", 1, 1
	if resp.ContentLength < 0 {
		resp.TransferEncoding = []string{"chunked"}
	}
	if resp.Write(to) != nil {
		return false
	}
	select { // the next request stands behind this one's body
	case <-body.over:
		return true
	case <-ctx.Done():
		return false
	}
}

// reset resets the stream when the client leaves, once its request has been sent.
func (s *stream) reset(ctx context.Context, reset context.CancelFunc, sent chan struct{}) {
	for _, comes := range []chan struct{}{sent, s.left} {
		select {
		case <-comes:
		case <-ctx.Done():
			return
		}
	}
	reset()
}

// wholeBody is the body of a request that tells when nobody reads it any more.
type wholeBody struct {
	io.ReadCloser
	over chan struct{}
	once sync.Once
}

// Close closes the body.
func (b *wholeBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

func (b *wholeBody) end() { b.once.Do(func() { close(b.over) }) }
