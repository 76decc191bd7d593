// Package wire is the world of a service reached over TCP: every attempt goes through a link of
// its own inside this process, with Toxiproxy's own toxics.
package wire

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/network"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Options say how to reach the service: by URL, or by Addr and TLS.
type Options struct {
	// URL is "http://host[:port]", "https://host[:port]" (a path is not used) or "unix:///path".
	URL string
	// Replicas are the URLs of further replicas, reached as the first.
	Replicas []string
	// Addr is "host:port", used when URL is empty.
	Addr string
	// TLS makes the last stretch to Addr speak TLS; a URL says so by its scheme.
	TLS bool
	// ServerName is the name that the certificate must have; empty means the host of the address.
	ServerName string
	// TLSConfig is the configuration to start from, for private authorities and certificates of
	// clients; nil means the default.
	TLSConfig *tls.Config
	// HTTP2 speaks HTTP/2 on the last stretch, with a connection for every attempt.
	HTTP2 bool
	// Abort ends connections on which everything was answered with RST instead of FIN. Thousands of
	// connections then leave no TIME_WAIT behind; some services log every reset, so it is not the
	// default.
	Abort bool
	// Dial makes the connections to the service, such as guard's; nil means the system's dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// World reaches one service over TCP. It implements [chaos.World], and its nets [chaos.Clients].
type World struct {
	// dials reach the replicas, the first one first.
	dials []func(context.Context) (net.Conn, error)
	abort bool
	nets  network.Group
}

var _ chaos.World = (*World)(nil)

// New makes the world of a service. It returns an error when the options do not say where the
// service is; it does not try to reach it.
func New(o Options) (*World, error) {
	target := upstream.Upstream{
		URL: o.URL, Addr: o.Addr, TLS: o.TLS, ServerName: o.ServerName, Config: o.TLSConfig,
		HTTP2: o.HTTP2, Dial: o.Dial,
	}
	w := &World{abort: o.Abort}
	for n := range 1 + len(o.Replicas) {
		if n > 0 {
			target.URL = o.Replicas[n-1]
		}
		dial, err := target.Dialer()
		if err != nil {
			return nil, err
		}
		w.dials = append(w.dials, dial)
	}
	return w, nil
}

// dial opens a connection to a replica.
func (w *World) dial(ctx context.Context, replica int) (net.Conn, error) {
	return w.dials[replica](ctx)
}

// Expresses implements [chaos.World]: every fault between client and service with sound parameters.
func (w *World) Expresses(f fault.Fault) error { return network.Expresses(f) }

// Open implements [chaos.World].
func (w *World) Open(c chaos.NetOptions) chaos.Net {
	return w.nets.Open(network.Config{
		Case: c, Carrier: network.Embedded{}, Dial: w.dial, Abort: w.abort,
	})
}

// Close implements [chaos.World]: it closes every net that is still open.
func (w *World) Close() error {
	w.nets.Close()
	return nil
}
