// Package memory is the world of an http.Handler inside this process: real net/http over in-memory
// connections, with the same links and faults as over TCP, so that time can be virtual.
package memory

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/moment"
	"github.com/idemcheck/idemcheck/chaos/internal/network"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/fault"
)

// World serves a handler over in-memory connections. It implements [chaos.World], and its nets
// [chaos.Net]. Inside a testing/synctest bubble nothing of it outlives Close.
type World struct {
	nets network.Group
	// makes constructs the instances of each replica.
	makes []func() http.Handler
	mu    sync.Mutex // never held while waiting
	// instances are those that new connections reach, one of each replica, and crashing the net whose
	// crashes are watched. Both are protected by mu.
	instances []*instance
	crashing  *crashNet
	// observer are the steps of what is sent without faults, since a case began that has pauses.
	observer atomic.Pointer[starve.Pauser]
}

var _ chaos.World = (*World)(nil)

// New makes the world of a service: construct is called at once, and again after every crash. More
// constructors make further replicas of the service.
func New(construct func() http.Handler, more ...func() http.Handler) *World {
	w := &World{makes: append([]func() http.Handler{construct}, more...)}
	for _, one := range w.makes {
		w.instances = append(w.instances, serve(one()))
	}
	return w
}

// restart resets the connections of the instance of a replica, as those of a killed process are,
// and constructs a new one.
func (w *World) restart(replica int) {
	w.running(replica).kill()
	next := serve(w.makes[replica]())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instances[replica] = next
}

func (w *World) running(replica int) *instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.instances[replica]
}

// watch lets the crashes of a net happen at named points.
func (w *World) watch(n *crashNet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crashing = n
}

// Reached says that a replica of the service has come to a named point. It crashes that replica
// when the plan says so, and reports whether it did: the caller is then dead and must do nothing
// more.
func (w *World) Reached(point string, replica int) bool {
	w.mu.Lock()
	n := w.crashing
	w.mu.Unlock()
	return n != nil && n.reached(point, replica)
}

// Expresses implements [chaos.World]: every fault between client and service, and crashes.
func (w *World) Expresses(f fault.Fault) error {
	if f.Kind == fault.Crash {
		return nil
	}
	return network.Expresses(f)
}

func (w *World) open(c chaos.NetOptions, pauses *starve.Source) chaos.Net {
	w.observer.Store(pauses.Of("the observer"))
	return w.nets.Open(network.Config{
		Case: c, Carrier: network.Embedded{}, Dial: w.dial, Ordered: true, Pauses: pauses,
	})
}

// Close implements [chaos.World]: it ends every net, the instances and their connections.
func (w *World) Close() error {
	w.nets.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.instances {
		one.kill()
	}
	return nil
}

// Transport sends without faults; CloseIdleConnections must be called before Close.
func (w *World) Transport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return w.dial(ctx, 0) },
	}
}

// dial opens a connection to the instance of a replica that serves.
func (w *World) dial(ctx context.Context, replica int) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.instances[replica].dial(ctx)
}

// instance is one running service.
type instance struct {
	server *http.Server
	// accepted carries the service's ends of new connections; ended is closed when none come
	// any more.
	accepted chan net.Conn
	ended    chan struct{}
	once     sync.Once
	mu       sync.Mutex
	// conns are the service's ends, protected by mu.
	conns []*link.Conn
}

// backlog is how many connections may wait to be accepted.
const backlog = 128

// serve starts an instance.
func serve(h http.Handler) *instance {
	i := &instance{
		// No time limits: faults must be able to hold a connection as long as they like.
		server: &http.Server{ //nolint:gosec // see above
			Handler: paused(moment.Held(h)), ErrorLog: log.New(io.Discard, "", 0),
			ConnContext: carried,
		},
		accepted: make(chan net.Conn, backlog), ended: make(chan struct{}),
	}
	go func() { _ = i.server.Serve(i) }() // always an error; kill is the only cause
	return i
}

// dial makes a connection, or refuses it when the instance has ended.
func (i *instance) dial(ctx context.Context) (net.Conn, error) {
	client, service := link.Pipe()
	i.mu.Lock()
	defer i.mu.Unlock()
	// First alone: of two that are ready a select would choose by chance.
	select {
	case <-i.ended:
		return nil, refused()
	default:
	}
	select {
	case i.accepted <- moment.Serving(ctx, starve.Serving(service, starve.From(ctx))):
		i.conns = append(i.conns, service)
		return client, nil
	default:
		return nil, refused()
	}
}

// refused is what dialling a closed port returns.
func refused() error {
	return &net.OpError{Op: "dial", Net: "memory", Err: syscall.ECONNREFUSED}
}

// kill resets all connections and ends the server.
func (i *instance) kill() {
	i.once.Do(func() {
		i.mu.Lock()
		close(i.ended)
		conns := i.conns
		i.mu.Unlock()
		for _, c := range conns {
			_ = link.Reset(c) // a connection that is gone already needs no reset
		}
		_ = i.server.Close() // the connections are closed already
	})
}

// Accept implements [net.Listener].
func (i *instance) Accept() (net.Conn, error) {
	select {
	case c := <-i.accepted:
		return c, nil
	case <-i.ended:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]; only kill ends an instance.
func (i *instance) Close() error { return nil }

// Addr implements [net.Listener]; an in-memory service has no address.
func (i *instance) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

// Open implements [chaos.World].
func (w *World) Open(c chaos.NetOptions) chaos.Net {
	n := &crashNet{world: w, record: c.Record, pauses: starve.New(c.Starve)}
	n.ctx, n.stop = context.WithCancel(context.Background())
	crashes := func(f fault.Fault) bool { return f.Kind == fault.Crash }
	n.crashes = lists.Map(lists.Where(c.Faults, crashes), newCrash)
	c.Faults = lists.Where(c.Faults, func(f fault.Fault) bool { return !crashes(f) })
	n.Net = w.open(c, n.pauses)
	w.watch(n)
	return n
}

func newCrash(f fault.Fault) *crash {
	return &crash{Fault: f, detail: "its attempt was not made"}
}
