package link

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Pipe returns the two ends of an in-process connection that behaves like TCP where net.Pipe does
// not: writes go to a buffer and wait only while a megabyte is unread, an end can be half closed,
// what was written before a close is still read, and a reset makes the peer read
// syscall.ECONNRESET.
func Pipe() (*Conn, *Conn) {
	ab, ba := newHalf(), newHalf()
	return newConn(ba, ab), newConn(ab, ba)
}

// Conn is one end of a [Pipe].
type Conn struct {
	in, out  *half
	deadline deadline
	closed   chan struct{}
	once     sync.Once
	abort    atomic.Bool
}

var _ net.Conn = (*Conn)(nil)

func newConn(in, out *half) *Conn {
	return &Conn{in: in, out: out, deadline: newDeadline(), closed: make(chan struct{})}
}

// IsPipe reports whether a connection is an end of a [Pipe], so that writing does not wait
// unless a megabyte is unread.
func IsPipe(c net.Conn) bool {
	_, ok := c.(*Conn)
	return ok
}

// Read waits for bytes. It returns io.EOF after the peer closed and everything was read,
// syscall.ECONNRESET after a reset, net.ErrClosed after Close and os.ErrDeadlineExceeded.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if c.isClosed() {
			return 0, net.ErrClosed
		}
		passed := c.deadline.wait()
		if isDone(passed) {
			return 0, os.ErrDeadlineExceeded
		}
		if n, err := c.in.take(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-c.in.changed:
		case <-passed:
		case <-c.closed:
		}
	}
}

// Write buffers p for the peer, once less than a megabyte is unread. It
// returns syscall.EPIPE when the peer is gone.
func (c *Conn) Write(p []byte) (int, error) {
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	return c.out.put(p)
}

// Close ends both directions; the peer reads what is buffered and then io.EOF, or a reset if
// SetLinger(0) was called before.
func (c *Conn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		if c.abort.Load() {
			c.out.end(syscall.ECONNRESET)
		} else {
			c.out.end(nil)
		}
		c.in.abandon()
		c.deadline.set(time.Time{})
	})
	return nil
}

// CloseWrite ends the direction to the peer and keeps reading.
func (c *Conn) CloseWrite() error {
	c.out.end(nil)
	return nil
}

// SetLinger makes Close reset the connection when seconds is 0, as for TCP; other values restore a
// normal close.
func (c *Conn) SetLinger(seconds int) error {
	c.abort.Store(seconds == 0)
	return nil
}

// LocalAddr returns a placeholder: a pipe has no address.
func (c *Conn) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr returns a placeholder: a pipe has no address.
func (c *Conn) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline sets when Read gives up. Writes have no deadline.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline sets when Read gives up; the zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if c.isClosed() {
		return net.ErrClosed
	}
	c.deadline.set(t)
	return nil
}

// SetWriteDeadline does nothing: writes end when the peer reads or leaves.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// Closed returns what is closed when this end is closed, by Close or a reset of its own.
func (c *Conn) Closed() <-chan struct{} { return c.closed }

func (c *Conn) isClosed() bool { return isDone(c.closed) }

func isDone(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// Reset ends a connection so that its peer sees a reset where the connection can do that (TCP,
// TLS over TCP, [Pipe]); others are closed.
func Reset(c net.Conn) error {
	base := c
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		base = t.NetConn()
	}
	if l, ok := base.(interface{ SetLinger(int) error }); ok {
		return errors.Join(l.SetLinger(0), base.Close())
	}
	return c.Close()
}

// CloseWrite ends the direction to the peer where the connection can be half closed; others are
// closed.
func CloseWrite(c net.Conn) error {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return c.Close()
}
