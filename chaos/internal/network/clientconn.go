package network

import (
	"net"
	"time"
)

// clientConn is the client's end of a connection, which notes what the client sees.
type clientConn struct {
	net.Conn
	book *book
}

// Read notes how much was read, and when.
func (c *clientConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.book.noteRead(n)
	}
	return n, err
}

// Write notes how much was written, and when: before writing, because a delay is measured from
// here.
func (c *clientConn) Write(p []byte) (int, error) {
	c.book.noteWritten(len(p))
	return c.Conn.Write(p)
}

// Close notes when the client left.
func (c *clientConn) Close() error {
	c.book.note(func(s *seen) { s.left = time.Now() })
	return c.Conn.Close()
}
