// Package external is the wire world through a Toxiproxy server of the user's: every attempt has
// a proxy of its own on that server, with its own toxics, which is deleted when the attempt has
// landed.
package external

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/network"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/model/fault"
)

// apiTimeout bounds every use of the server's API: changing the toxics of a dead connection can
// hang it.
const apiTimeout = 5 * time.Second

// Options say where the server is, how it reaches us, and where the service is.
type Options struct {
	// API is the server's address, "http://host:8474".
	API string
	// Listen is the host on which our recorder listens for the server's connections; empty means
	// 127.0.0.1.
	Listen string
	// Advertise is the host under which the server reaches our recorder; empty means Listen. It
	// must be set when the server is on another machine or in a container.
	Advertise string
	// ProxyListen is the host on which the server opens the ports that we dial; empty means
	// 127.0.0.1 for a server on this machine and 0.0.0.0 for another.
	ProxyListen string
	// Run begins the names of our proxies, by which [Sweep] finds them when this process was killed;
	// no other run may have it. Empty means "idemcheck-" and a fresh name.
	Run string
	// URL is the service; it and the next three are as for the wire world.
	URL        string
	TLS        bool
	ServerName string
	TLSConfig  *tls.Config
	// HTTP2 speaks HTTP/2 on the last stretch.
	HTTP2 bool
	// Dial makes all connections, such as guard's; nil means the system's dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// World reaches one service through a Toxiproxy server. It implements [chaos.World], and its nets
// [chaos.Clients].
type World struct {
	api     *api
	host    string // of the server, as we reach it
	options Options
	dial    func(context.Context) (net.Conn, error)
	nets    network.Group
	// count ends the names of proxies, which begin with the run's.
	count atomic.Int64
	// sentinel is a proxy that carries nothing and is there as long as the server is the same.
	sentinel string
	// deleting counts deletions under way.
	deleting sync.WaitGroup
}

var (
	_ chaos.World  = (*World)(nil)
	_ chaos.Mortal = (*World)(nil)
)

// New makes the world of a service. It returns an error when the server does not answer or the
// options do not say where things are.
func New(o Options) (*World, error) {
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	target := upstream.Upstream{
		URL: o.URL, TLS: o.TLS, ServerName: o.ServerName, Config: o.TLSConfig, HTTP2: o.HTTP2,
		Dial: o.Dial,
	}
	dial, err := target.Dialer()
	if err != nil {
		return nil, err
	}
	host, err := Host(o.API)
	if err != nil {
		return nil, err
	}
	w := &World{api: newAPI(o.API, o.Dial), host: host, options: o.filled(host), dial: dial}
	if err := bounded("reaching the Toxiproxy server at "+o.API, w.addSentinel); err != nil {
		w.api.close()
		return nil, err
	}
	return w, nil
}

// addSentinel makes the sentinel.
func (w *World) addSentinel() error {
	if err := w.api.version(); err != nil {
		return err
	}
	w.sentinel = w.name()
	_, err := w.api.create(w.sentinel, net.JoinHostPort(w.options.ProxyListen, "0"), "127.0.0.1:1")
	return err
}

// name returns the name of one more proxy.
func (w *World) name() string {
	return w.options.Run + "-" + strconv.FormatInt(w.count.Add(1), 10)
}

// Alive implements [chaos.Mortal]: a server that died, or was started anew without our proxies, is
// told from a service that does not answer.
func (w *World) Alive() error {
	return bounded("asking the Toxiproxy server whether it is still there", func() error {
		return w.api.has(w.sentinel)
	})
}

// Host returns the host of a server's API address, which may be written without "http://".
func Host(api string) (string, error) {
	if !strings.Contains(api, "://") {
		api = "http://" + api
	}
	u, err := url.Parse(api)
	if err != nil { // whose text holds the address, with its password
		return "", errors.New("the address of the Toxiproxy server cannot be read")
	}
	if u.User != nil {
		return "", errors.New("the address of the Toxiproxy server holds a user or a password, and " +
			"Toxiproxy asks for none")
	}
	if u.Hostname() == "" {
		return "", fmt.Errorf("the address of the Toxiproxy server %q names no host", api)
	}
	return u.Hostname(), nil
}

func (o Options) filled(host string) Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1"
	}
	if o.Advertise == "" {
		o.Advertise = o.Listen
	}
	if o.ProxyListen == "" {
		o.ProxyListen = "0.0.0.0"
		if isLoopback(host) {
			o.ProxyListen = "127.0.0.1"
		}
	}
	if o.Run == "" {
		o.Run = "idemcheck-" + runName()
	}
	return o
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// runName keeps runs that share a server apart. It is not part of any plan.
func runName() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Expresses implements [chaos.World]: every fault between client and service with sound parameters.
func (w *World) Expresses(f fault.Fault) error { return network.Expresses(f) }

// Open implements [chaos.World].
func (w *World) Open(c chaos.NetOptions) chaos.Net {
	return w.nets.Open(network.Config{
		Case: c, Carrier: carrier{w},
		Dial: func(ctx context.Context, _ int) (net.Conn, error) { return w.dial(ctx) },
	})
}

// Close implements [chaos.World]: it closes every net that is still open and deletes what this
// run has left on the server.
func (w *World) Close() error {
	w.nets.Close()
	w.deleting.Wait()
	defer w.api.close()
	return w.api.sweep(w.options.Run)
}

// Sweep deletes what a run has left on a Toxiproxy server; API, Dial and Run of the options count.
func Sweep(o Options) error {
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	server := newAPI(o.API, o.Dial)
	defer server.close()
	return server.sweep(o.Run)
}

// sweep deletes the proxies of a run.
func (a *api) sweep(run string) error {
	return bounded("deleting what is left on the Toxiproxy server", func() error {
		proxies, err := a.proxies()
		if err != nil {
			return err
		}
		for name, p := range proxies {
			if !strings.HasPrefix(name, run+"-") {
				continue
			}
			if err := p.delete(); err != nil {
				return err
			}
		}
		return nil
	})
}

// bounded runs f and gives up waiting after a while. The client cannot be interrupted, so a
// hanging f ends by the client's own, longer timeout.
func bounded(what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	timer := time.NewTimer(apiTimeout)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("%s: no answer within %v", what, apiTimeout)
	}
}
