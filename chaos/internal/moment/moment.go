// Package moment makes the moment in which a client hangs up on a handler that takes no time: the
// handler is held, where it has read the request or where it begins to answer, until the client has
// left.
package moment

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Moment is the planned disconnect of one connection to a service that takes no time.
type Moment struct {
	// Early reports whether the client leaves before the work, once the handler has read the whole
	// request, and not after the work, when the handler begins to answer.
	Early bool
	// Await returns when the client has left or will not leave any more.
	Await func()
	once  sync.Once
}

// noticing is how long, in virtual time, the service may take to notice that its client left: one
// that has not read its request never does.
const noticing = time.Millisecond

// hold holds the handler of a request, once.
func (m *Moment) hold(ctx context.Context) {
	m.once.Do(func() {
		m.Await()
		timer := time.NewTimer(noticing)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	})
}

type key struct{}

// With puts a moment into the context under which a service is dialled; nil adds nothing.
func With(ctx context.Context, m *Moment) context.Context {
	if m == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, m)
}

// from returns the moment that a context carries, or nil.
func from(ctx context.Context) *Moment {
	m, _ := ctx.Value(key{}).(*Moment)
	return m
}

// conn is the service's end of a connection with a moment.
type conn struct {
	net.Conn
	moment *Moment
}

// Serving gives the service's end of a connection the moment of the context that it was dialled
// with, if any.
func Serving(ctx context.Context, c net.Conn) net.Conn {
	if m := from(ctx); m != nil {
		return conn{c, m}
	}
	return c
}

// Of puts the moment of a connection into the context of its messages, and returns the connection
// that it was given.
func Of(ctx context.Context, c net.Conn) (context.Context, net.Conn) {
	if held, ok := c.(conn); ok {
		return With(ctx, held.moment), held.Conn
	}
	return ctx, c
}

// Held holds a handler where its connection has a moment; others it leaves alone.
func Held(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := from(r.Context())
		if m == nil {
			h.ServeHTTP(w, r)
			return
		}
		if m.Early {
			r.Body = body{r.Body, r.Context(), m}
		}
		h.ServeHTTP(&writer{w, r.Context(), m}, r)
		m.hold(r.Context()) // a handler that writes nothing answers when it returns
	})
}

// body is a request's body, at whose end a handler is held.
type body struct {
	io.ReadCloser
	ctx    context.Context //nolint:containedctx // that of the message whose body it is
	moment *Moment
}

// Read implements [io.Reader].
func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.moment.hold(b.ctx)
	}
	return n, err
}

// writer is where an answer is written, before whose first byte a handler is held. It can do what
// the one of net/http can do for HTTP/1.1, so that a handler finds nothing missing.
type writer struct {
	http.ResponseWriter
	ctx    context.Context //nolint:containedctx // that of the message which is answered
	moment *Moment
}

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (w *writer) WriteHeader(status int) {
	w.moment.hold(w.ctx)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(p []byte) (int, error) {
	w.moment.hold(w.ctx)
	return w.ResponseWriter.Write(p)
}

// ReadFrom implements [io.ReaderFrom].
func (w *writer) ReadFrom(r io.Reader) (int64, error) {
	w.moment.hold(w.ctx)
	return io.Copy(w.ResponseWriter, r)
}

// Flush implements [http.Flusher].
func (w *writer) Flush() {
	w.moment.hold(w.ctx)
	_ = http.NewResponseController(w.ResponseWriter).Flush() // as an http.Flusher says nothing either
}

// Hijack implements [http.Hijacker].
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
