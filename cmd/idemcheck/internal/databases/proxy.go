package databases

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// Proxy stands before a database and hands everything on, until it is broken.
type Proxy struct {
	// DSN is that of the database behind it.
	DSN string
	at  string
	// frozen and cut tell what becomes of the next answer.
	frozen, cut atomic.Bool
	// over ends when nobody waits any more.
	over <-chan struct{}
}

// Proxied puts a proxy before a database.
func (d Database) Proxied(t testing.TB) *Proxy {
	t.Helper()
	dsn, err := url.Parse(d.DSN)
	if err != nil || dsn.Host == "" {
		t.Fatal("only a database that is reached at an address has a proxy")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("opening a proxy: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &Proxy{at: dsn.Host, over: t.Context().Done()}
	dsn.Host = l.Addr().String()
	p.DSN = dsn.String()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(in)
		}
	}()
	return p
}

// Break has every answer from now on end in its middle: it hangs there, or the connection is cut.
func (p *Proxy) Break(hangs bool) {
	p.frozen.Store(hangs)
	p.cut.Store(!hangs)
}

// serve hands on what both sides of a connection send.
func (p *Proxy) serve(in net.Conn) {
	defer func() { _ = in.Close() }()
	var d net.Dialer
	out, err := d.DialContext(context.Background(), "tcp", p.at)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	buf := make([]byte, 1<<10)
	for {
		n, err := out.Read(buf)
		broken := p.cut.Load() || p.frozen.Load()
		if broken {
			n /= 2
		}
		if _, failed := in.Write(buf[:n]); failed != nil || err != nil || p.cut.Load() {
			return
		}
		if broken {
			<-p.over
			return
		}
	}
}
