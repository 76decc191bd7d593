package network

import (
	"io"
	"net"
	"time"
)

// clientConn is the client's end of a connection, which notes what the client sees.
type clientConn struct {
	net.Conn
	s *session
	// answers is what is read from Conn.
	answers io.Reader
}

// Read notes how much was read, and when.
func (c *clientConn) Read(p []byte) (int, error) {
	n, err := c.answers.Read(p)
	if n > 0 {
		c.s.log.noteRead(n)
	}
	return n, err
}

// Write notes how much was written, and when: before writing, because a delay is measured from
// here.
func (c *clientConn) Write(p []byte) (int, error) {
	c.s.log.noteWritten(len(p))
	return c.s.steps.Write(c.s.n.ctx, c.Conn, p)
}

// Close notes when the client left.
func (c *clientConn) Close() error {
	c.s.log.note(func(s *evidence) { s.left = time.Now() })
	return c.Conn.Close()
}
