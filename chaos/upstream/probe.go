package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// UnreachableError is a service that takes no connection.
type UnreachableError struct {
	// Err is the cause, with the address.
	Err error
}

// Error is the cause.
func (e *UnreachableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// greeting is how a client begins to speak HTTP/2: the preface, and settings that change nothing.
const greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// reply is how a service replies to a greeting.
type reply int

const (
	// silent: nothing came in time.
	silent reply = iota
	// inHTTP2: with settings of its own, as every service of HTTP/2 must.
	inHTTP2
	// otherwise: it said something else, or closed the connection.
	otherwise
)

// greeted greets a service without TLS, and closes the connection.
func greeted(ctx context.Context, raw net.Conn) reply {
	defer func() { _ = raw.Close() }()
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	_ = raw.SetDeadline(time.Now().Add(silence))
	frame := make([]byte, len("\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
	_, err := io.WriteString(raw, greeting)
	if err == nil {
		_, err = io.ReadFull(raw, frame)
	}
	const typ, settings = 3, 4 // the place of a frame's type, and the type of settings
	switch {
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		return silent
	case err == nil && frame[typ] == settings:
		return inHTTP2
	}
	return otherwise
}
