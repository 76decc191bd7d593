package external

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos/internal/network"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// path is the route of one attempt: a proxy on the server, and the listener to which it leads.
type path struct {
	w        *World
	route    network.Route
	proxy    *proxy
	listener *net.TCPListener
	address  string
	// dialling lets one dial at a time, so that accepted connections belong to dialled ones.
	dialling chan struct{}

	mu     sync.Mutex // never held while waiting
	toxics int
}

// carrier makes the paths of a world.
type carrier struct{ w *World }

// Open implements [network.Carrier].
func (c carrier) Open(_ context.Context, route network.Route) (network.Path, error) {
	w := c.w
	listener, err := net.Listen("tcp", net.JoinHostPort(w.options.Listen, "0"))
	if err != nil {
		return nil, fmt.Errorf("listening for the Toxiproxy server: %w", err)
	}
	p := &path{
		w: w, route: route, listener: listener.(*net.TCPListener), dialling: make(chan struct{}, 1),
	}
	if err := bounded("making a proxy on the Toxiproxy server", p.create); err != nil {
		_ = listener.Close()
		return nil, err
	}
	if err := p.prepare(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *path) create() error {
	port := p.listener.Addr().(*net.TCPAddr).Port
	made, err := p.w.api.create(p.w.name(), net.JoinHostPort(p.w.options.ProxyListen, "0"),
		net.JoinHostPort(p.w.options.Advertise, strconv.Itoa(port)))
	p.proxy = made
	return err
}

// prepare adds the planned toxics, or closes the port again for a refused attempt: only an open
// proxy knows its port.
func (p *path) prepare() error {
	_, port, err := net.SplitHostPort(p.proxy.Listen)
	if err != nil {
		return fmt.Errorf("reading the address of a proxy: %w", err)
	}
	p.address = net.JoinHostPort(p.w.host, port)
	if p.route.Refuse {
		return bounded("disabling a proxy", p.proxy.disable)
	}
	return errors.Join(p.add("upstream", p.route.Up), p.add("downstream", p.route.Down))
}

func (p *path) add(stream string, chain []link.Toxic) error {
	for _, t := range chain {
		if t.Own() {
			continue
		}
		attributes, err := t.Attributes()
		if err != nil {
			return err
		}
		err = bounded("adding toxic "+t.Type(), func() error {
			return p.proxy.add(toxic{p.toxicName(t), t.Type(), stream, 1, attributes})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// toxicName is unique for the proxy, because one kind may be needed twice.
func (p *path) toxicName(t link.Toxic) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.toxics++
	return t.Type() + "-" + strconv.Itoa(p.toxics)
}

// Dial implements [network.Path].
func (p *path) Dial(ctx context.Context) (network.PathConn, error) {
	select {
	case p.dialling <- struct{}{}:
		defer func() { <-p.dialling }()
	case <-ctx.Done():
		return network.PathConn{}, ctx.Err()
	}
	client, err := p.w.options.Dial(ctx, "tcp", p.address)
	if err != nil {
		return network.PathConn{}, err
	}
	tap, err := p.accept(ctx)
	if err != nil {
		_ = client.Close()
		return network.PathConn{}, err
	}
	return p.join(client, tap), nil
}

// accept takes the connection that the server makes for a client. When it does not come the path
// is of no use any more: it might come later and be taken for another one.
func (p *path) accept(ctx context.Context) (net.Conn, error) {
	conn, err := p.acceptBefore(apiDeadline(ctx))
	if err == nil {
		return conn, nil
	}
	_ = p.listener.Close()
	return nil, fmt.Errorf("waiting for the Toxiproxy server to reach %s (is it the right host "+
		"to advertise?): %w", p.proxy.Upstream, err)
}

func (p *path) acceptBefore(limit time.Time) (net.Conn, error) {
	if err := p.listener.SetDeadline(limit); err != nil {
		return nil, err
	}
	return p.listener.Accept()
}

// apiDeadline is when the Toxiproxy server must have done something, or the caller gives up.
func apiDeadline(ctx context.Context) time.Time {
	limit := time.Now().Add(apiTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(limit) {
		return d
	}
	return limit
}

// join joins what the server carries with a link of ours for the toxics that the server does not
// know.
func (p *path) join(client, accepted net.Conn) network.PathConn {
	up, down := own(p.route.Up), own(p.route.Down)
	if len(up)+len(down) == 0 {
		return network.PathConn{
			Client: client, Tap: accepted,
			Arm: func(extra []link.Toxic) error { return p.add("downstream", extra) },
			Kill: func() {
				_ = client.Close()
				_ = accepted.Close()
			},
		}
	}
	far, tap := link.Pipe()
	inner := link.Join(accepted, far, up)
	return network.PathConn{
		Client: client, Tap: tap,
		Arm: func(extra []link.Toxic) error {
			defer inner.Arm(down)
			return p.add("downstream", extra)
		},
		Kill: func() {
			_ = client.Close()
			inner.Kill()
			<-inner.Done()
		},
	}
}

func own(chain []link.Toxic) []link.Toxic { return lists.Where(chain, link.Toxic.Own) }

// Close implements [network.Path]. It does not wait for the server.
func (p *path) Close() {
	_ = p.listener.Close()
	p.w.deleting.Go(func() {
		// What cannot be deleted now is swept up when the world closes.
		_ = bounded("deleting a proxy", p.proxy.delete)
	})
}
