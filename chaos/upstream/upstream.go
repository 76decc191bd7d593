// Package upstream makes the last stretch to a service: over TCP or a Unix socket, with TLS where
// it is spoken, and with HTTP/2 behind what is HTTP/1.1 on our side. Faults strike before it, so
// that cuts count bytes of HTTP and the service sees the TLS of an honest client.
package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/model/route"
)

// Upstream says how to reach a service.
type Upstream struct {
	// URL is "http://host[:port][/…]", "https://…" or "unix:///path"; a path behind a host is not
	// used. It takes the place of Addr and, but for a Unix socket, of TLS.
	URL string
	// Addr is "host:port".
	Addr string
	// TLS makes the last stretch speak TLS.
	TLS bool
	// ServerName is the name that the certificate must have; empty means the host of the address.
	ServerName string
	// Host is what requests name as the host they are for; empty means that of URL.
	Host string
	// Config is the TLS configuration to start from, for private authorities and certificates of
	// clients; nil means the default.
	Config *tls.Config
	// HTTP2 speaks HTTP/2 to the service.
	HTTP2 bool
	// Dial makes connections over TCP; nil means any, by the system's dialer.
	Dial Dial
}

// Dial makes a connection to "host:port".
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Dialer returns what opens connections to the service on which HTTP/1.1 can be spoken, or an
// error when the upstream does not say where the service is.
func (t Upstream) Dialer() (func(context.Context) (net.Conn, error), error) {
	t, err := t.parsed()
	if err != nil {
		return nil, err
	}
	return t.open, nil
}

// Transport makes a transport that reaches the service, and nobody else, as [Upstream.Dialer]
// does: for what is sent without faults. It changes and returns by, such as guard's.
func (t Upstream) Transport(by *http.Transport) (*http.Transport, error) {
	t, err := t.parsed()
	if err != nil {
		return nil, err
	}
	at := t.URL
	if at == "" {
		at = (&url.URL{Scheme: scheme(t.TLS), Host: t.Addr}).String()
	}
	to, err := base(at, t.Host, t.TLS)
	if err != nil {
		return nil, err
	}
	own := net.JoinHostPort(to.Hostname(), portOf(to))
	by.DialContext = only(own, t.raw)
	if t.TLS {
		by.DialTLSContext = only(own, t.encrypted)
	}
	if t.HTTP2 {
		by.Protocols = protocols(t.TLS)
	}
	return by, nil
}

// Probe opens one connection and closes it again, without a request. The error is an
// [*UnreachableError] when the service takes no connection, and a [*HandshakeError] when both
// sides do not agree on TLS, or the service does not speak HTTP/2 where that is to be spoken: it
// is greeted as every client of HTTP/2 does, which others take for a method PRI.
func (t Upstream) Probe(ctx context.Context) error {
	t, err := t.parsed()
	if err != nil {
		return err
	}
	raw, err := t.raw(ctx)
	switch {
	case err != nil:
		return &UnreachableError{err}
	case t.TLS:
		return t.proved(ctx, raw)
	case t.HTTP2 && greeted(ctx, raw) == otherwise:
		return t.failed(nil, "the service does not speak HTTP/2", noHTTP2)
	}
	_ = raw.Close()
	return nil
}

// ProbeHTTP1 is to be asked when a service answered nothing in HTTP/1.1. The error is a
// [*HandshakeError] when it speaks HTTP/2 without TLS.
func (t Upstream) ProbeHTTP1(ctx context.Context) error {
	t, err := t.parsed()
	if err != nil || t.TLS || t.HTTP2 {
		return err
	}
	raw, err := t.raw(ctx)
	if err == nil && greeted(ctx, raw) == inHTTP2 {
		return t.failed(nil, noHTTP1, onlyHTTP2)
	}
	return err
}

// open opens a connection.
func (t Upstream) open(ctx context.Context) (net.Conn, error) {
	raw, err := t.raw(ctx)
	if err != nil {
		return nil, err
	}
	below := raw
	if t.HTTP2 {
		below = halfClosing{raw}
	}
	conn := below
	if t.TLS {
		conn, err = t.secure(ctx, below)
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	if t.HTTP2 {
		return newBridge(ctx, t.TLS, conn, raw)
	}
	return conn, nil
}

// encrypted opens a connection with TLS.
func (t Upstream) encrypted(ctx context.Context) (net.Conn, error) {
	raw, err := t.raw(ctx)
	if err != nil {
		return nil, err
	}
	return t.secure(ctx, raw)
}

// raw opens a connection without TLS.
func (t Upstream) raw(ctx context.Context) (net.Conn, error) {
	path, socket := route.Socket(t.URL)
	if !socket {
		return t.Dial(ctx, "tcp", t.Addr)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if errors.Is(err, syscall.ENOENT) { // the service is not there: as a closed port of TCP
		return nil, fmt.Errorf("there is no Unix socket at %s: %w", path, syscall.ECONNREFUSED)
	}
	return conn, err
}

// parsed is the upstream with everything filled in.
func (t Upstream) parsed() (Upstream, error) {
	if t.Dial == nil {
		t.Dial = anyFamily
	}
	if path, socket := route.Socket(t.URL); socket {
		if path == "" {
			return t, fmt.Errorf("the URL of the service %q names no Unix socket", t.URL)
		}
		t.ServerName = cmp.Or(t.ServerName, "localhost")
		t.Config = t.tlsConfig()
		return t, nil
	}
	t, err := t.located()
	if err != nil {
		return t, err
	}
	host, _, err := net.SplitHostPort(t.Addr)
	if err != nil {
		return t, fmt.Errorf("reading the address of the service: %w", err)
	}
	t.ServerName = cmp.Or(t.ServerName, host)
	t.Config = t.tlsConfig()
	return t, nil
}

// located has address and TLS from the URL, if there is one.
func (t Upstream) located() (Upstream, error) {
	if t.URL == "" && t.Addr == "" {
		return t, errors.New("no URL and no address of the service")
	}
	if t.URL == "" {
		return t, nil
	}
	u, err := url.Parse(t.URL)
	if err != nil {
		return t, fmt.Errorf("reading the URL of the service: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return t, fmt.Errorf("the URL of the service %q: the scheme must be http, https or unix",
			u.Redacted())
	}
	t.TLS = u.Scheme == "https"
	t.Addr = net.JoinHostPort(u.Hostname(), portOf(u))
	return t, nil
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// hostname is a host without its port.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// anyFamily dials by the system's dialer, and localhost at both its addresses.
func anyFamily(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	host, port, err := net.SplitHostPort(address)
	both := guard.Loopback(host)
	if err != nil || len(both) == 0 {
		return d.DialContext(ctx, network, address)
	}
	var failed error
	for _, addr := range both {
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(addr.String(), port))
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}
