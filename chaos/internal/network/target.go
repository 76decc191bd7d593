package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// Upstream says how to reach a service over TCP.
type Upstream struct {
	// URL is "http://host[:port][/…]" or "https://…"; its path is not used. It takes the place of
	// Addr and TLS.
	URL string
	// Addr is "host:port".
	Addr string
	// TLS makes the tap speak TLS to the service; client and tap never do, so that offsets of
	// cuts count bytes of HTTP.
	TLS bool
	// ServerName is the name the certificate must have; empty means the host of the address.
	ServerName string
	// Config is the TLS configuration to start from, for private authorities; nil means the
	// default.
	Config *tls.Config
	// Dial makes connections; nil means any, by the system's dialer.
	Dial Dial
}

// Dial makes a connection to "host:port".
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Dialer returns what dials the target, or an error when the target does not say where it is.
func (t Upstream) Dialer() (func(context.Context) (net.Conn, error), error) {
	t, err := t.parsed()
	if err != nil {
		return nil, err
	}
	if t.Dial == nil {
		t.Dial = (&net.Dialer{}).DialContext
	}
	if t.TLS {
		return t.secure, nil
	}
	return func(ctx context.Context) (net.Conn, error) {
		return t.Dial(ctx, "tcp", t.Addr)
	}, nil
}

// secure dials and agrees on TLS.
func (t Upstream) secure(ctx context.Context) (net.Conn, error) {
	raw, err := t.Dial(ctx, "tcp", t.Addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, t.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

func (t Upstream) parsed() (Upstream, error) {
	if t.URL != "" {
		u, err := url.Parse(t.URL)
		if err != nil {
			return t, fmt.Errorf("reading the URL of the service: %w", err)
		}
		if u.Scheme != "http" && u.Scheme != "https" {
			return t, fmt.Errorf("the URL of the service %q: the scheme must be http or https",
				u.Redacted())
		}
		t.TLS = u.Scheme == "https"
		t.Addr = net.JoinHostPort(u.Hostname(), portOf(u))
	}
	if t.Addr == "" {
		return t, errors.New("no URL and no address of the service")
	}
	if _, _, err := net.SplitHostPort(t.Addr); err != nil {
		return t, fmt.Errorf("reading the address of the service: %w", err)
	}
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

func (t Upstream) tlsConfig() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.Config != nil {
		c = t.Config.Clone()
	}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if host, _, err := net.SplitHostPort(t.Addr); c.ServerName == "" && err == nil {
		c.ServerName = host
	}
	c.NextProtos = []string{"http/1.1"}
	return c
}
