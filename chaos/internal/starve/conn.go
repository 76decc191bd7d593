package starve

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/idemcheck/idemcheck/chaos/link"
)

// maxFirst bounds the first part of a stream that is read or written in parts.
const maxFirst = 600

// reader reads a stream whose owner pauses: when its first bytes have come, when it comes to one
// more place, and at its end. These places are drawn. A pause after every read would not be the
// same each time: the scheduler decides whether bytes that come in one instant are read at once or
// one by one.
type reader struct {
	from  io.Reader
	steps *Pauser
	step  Step
	// closed ends its pauses, when the reader itself has closed: whether a last part is still read in
	// the instant of closing is the scheduler's choice. Nil never ends them.
	closed <-chan struct{}
	// read is how many bytes have been read, and second where the second part begins.
	read, second int
}

// Reader returns what reads a stream and takes a step where it pauses; from itself when s is nil.
func (s *Pauser) Reader(from io.Reader, step Step) io.Reader {
	if s == nil {
		return from
	}
	r := &reader{from: from, steps: s, step: step, second: s.part(step)}
	if c, ok := from.(interface{ Closed() <-chan struct{} }); ok {
		r.closed = c.Closed()
	}
	return r
}

// part is the length of the first part of a stream.
func (s *Pauser) part(step Step) int {
	return 1 + int(s.source.draw(s.address, forPart, uint64(step))%maxFirst)
}

// The places of a stream.
const (
	atBegin uint64 = iota + 1
	atSecond
	atEnd
)

// Read implements [io.Reader]. Errors other than the end come at once: net/http ends its own reads
// with a deadline, and waits for that.
func (r *reader) Read(p []byte) (int, error) {
	if before := r.second - r.read; before > 0 && len(p) > before {
		p = p[:before]
	}
	n, err := r.from.Read(p)
	switch {
	case n > 0 && r.read == 0:
		r.steps.pause(r.closed, r.step, atBegin)
	case n > 0 && r.read == r.second:
		r.steps.pause(r.closed, r.step, atSecond)
	case errors.Is(err, io.EOF):
		r.steps.pause(r.closed, r.step, atEnd)
	}
	r.read += n
	return n, err
}

// Write writes as a client that pauses before each of two parts; all at once when s is nil.
func (s *Pauser) Write(ctx context.Context, to io.Writer, p []byte) (int, error) {
	if s == nil {
		return to.Write(p)
	}
	first := min(s.part(ClientWrites), len(p))
	s.Pause(ctx, ClientWrites)
	n, err := to.Write(p[:first])
	if err != nil || first == len(p) {
		return n, err
	}
	s.Pause(ctx, ClientWrites)
	more, err := to.Write(p[first:])
	return n + more, err
}

// PausingConn is an end of a connection whose owner pauses when it reads, and maybe before it
// writes.
type PausingConn struct {
	*link.Conn
	reader  io.Reader
	steps   *Pauser
	serving bool
}

// Reading returns the end of a link, which pauses when it reads; c itself when s is nil.
func Reading(c *link.Conn, s *Pauser, step Step) net.Conn {
	if s == nil {
		return c
	}
	return &PausingConn{Conn: c, reader: s.Reader(c, step), steps: s}
}

// Serving returns the service's end, which pauses before it writes too; c itself when s is nil.
func Serving(c *link.Conn, s *Pauser) net.Conn {
	if s == nil {
		return c
	}
	return &PausingConn{Conn: c, reader: s.Reader(c, ServiceReads), steps: s, serving: true}
}

// Steps returns the owner's pauser.
func (c *PausingConn) Steps() *Pauser { return c.steps }

// Read reads and pauses.
func (c *PausingConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Write pauses where the owner is the service, and writes.
func (c *PausingConn) Write(p []byte) (int, error) {
	if c.serving {
		c.steps.Pause(context.Background(), ServiceWrites)
	}
	return c.Conn.Write(p)
}
