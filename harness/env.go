package harness

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
)

// ErrCrashed is what a crashed instance gets from its environment.
var ErrCrashed = errors.New("this instance has crashed")

// Env is what one instance of the service under test lives in. A crash ends the instance and its
// Env; the next instance has an Env of its own over the same kept values. A nil Env is one in which
// nothing ever happens, so that a service may call its methods outside a run.
type Env struct {
	ctx     context.Context //nolint:containedctx // it is the instance's life, not that of one call
	end     context.CancelFunc
	dead    atomic.Bool
	durable *durable
	// reached asks whether the instance crashes at a named point; it may be nil.
	reached func(point string) bool
	mu      sync.Mutex
	// conns are the instance's connections to other services, protected by mu.
	conns []net.Conn
}

// newEnv makes the environment of an instance.
func newEnv(k *durable, reached func(string) bool) *Env {
	e := &Env{durable: k, reached: reached}
	e.ctx, e.end = context.WithCancel(context.Background())
	return e
}

// crash ends the instance: it is fenced first, so that nothing of it is seen afterwards.
func (e *Env) crash() {
	e.dead.Store(true)
	e.end()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.conns {
		_ = link.Reset(c) // a connection that is gone already needs no reset
	}
}

// Context ends when the instance crashes or the case is over: what runs beside the handlers must
// end with it.
func (e *Env) Context() context.Context {
	if e == nil {
		return context.Background()
	}
	return e.ctx
}

// Alive returns nil, or ErrCrashed after a crash: a store over kept values must refuse to write
// then, as a killed process writes nothing more.
func (e *Env) Alive() error {
	if e != nil && e.dead.Load() {
		return ErrCrashed
	}
	return nil
}

// Point names a place in the code. When the plan says that the service crashes there, or when it
// has crashed already, the calling goroutine ends and Point does not return; what it deferred still
// runs. Otherwise, and outside a run, it does nothing.
func (e *Env) Point(name string) {
	if e == nil || e.reached == nil {
		return
	}
	if e.dead.Load() || e.reached(name) {
		runtime.Goexit()
	}
}

// Cleanup registers a function that is called when the case is over, last registered first; not
// after a crash, which cleans up nothing. A nil Env never calls it.
func (e *Env) Cleanup(f func()) {
	if e == nil {
		return
	}
	e.durable.cleanup(f)
}

// Dir returns a folder that outlives crashes and goes away with the case. A nil Env makes a
// temporary folder that is the caller's.
func (e *Env) Dir() (string, error) {
	if e == nil {
		return os.MkdirTemp("", "idemcheck-")
	}
	return e.durable.folder()
}

// Items hands over what reads a place that the contract calls `func: name` (ledgers.*.from,
// resources.*.read_from): the items that stand there for what the values name, such as {id}. An
// item is what its JSON decodes to. It is called in virtual time, also while the service is down. A
// nil Env calls it never.
func (e *Env) Items(name string, read func(context.Context, map[string]any) ([]any, error)) {
	if e == nil {
		return
	}
	e.durable.mu.Lock()
	defer e.durable.mu.Unlock()
	e.durable.readers[elsewhere.Function(name)] = elsewhere.Func(read)
}

// Downstream returns a client of another service, which is constructed once in a case and outlives
// crashes of the service under test; URLs may name any host, with http or https. Its connections
// stay in memory, in plain text, and are reset by a crash of the service.
func (e *Env) Downstream(name string, construct func() http.Handler) *http.Client {
	if e == nil {
		return &http.Client{Transport: e.transport(memory.New(construct))}
	}
	transport := e.transport(e.durable.downstream(name, construct))
	e.durable.cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: fencedTransport{e, transport}}
}

// transport sends to a world for an instance.
func (e *Env) transport(w *memory.World) *http.Transport {
	out := w.Transport()
	dial := out.DialContext
	out.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return c, e.hold(c)
	}
	out.DialTLSContext = out.DialContext
	return out
}

// hold keeps a connection until the instance crashes.
func (e *Env) hold(c net.Conn) error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.Alive(); err != nil {
		return errors.Join(err, c.Close())
	}
	e.conns = append(e.conns, c)
	return nil
}

// fencedTransport sends for an instance as long as it lives.
type fencedTransport struct {
	env  *Env
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (l fencedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.env.Alive(); err != nil {
		return nil, err
	}
	return l.next.RoundTrip(r)
}

// Keep returns the value of a name, made once in a case: what the service has on disk. It outlives
// crashes, and is the same for all instances of the case. A nil Env makes a new one every time.
// Keep panics when the name was kept with another type.
func Keep[T any](e *Env, name string, construct func() T) T {
	if e == nil {
		return construct()
	}
	v := e.durable.value(name, func() any { return construct() })
	return v.(T) //nolint:forcetypeassert // another type is the caller's mistake
}

// durable is what outlives crashes of one case.
type durable struct {
	// mu is never held while somebody else's code runs: constructors may call the Env.
	mu sync.Mutex
	// values, downstreams, readers, cleanups and dir are protected by mu.
	values      map[string]any
	downstreams map[string]*memory.World
	readers     elsewhere.ByName
	cleanups    []func()
	dir         string
}

func newDurable() *durable {
	return &durable{
		values: map[string]any{}, downstreams: map[string]*memory.World{}, readers: elsewhere.ByName{},
	}
}

// Reader implements [elsewhere.Readers].
func (k *durable) Reader(name string) (elsewhere.ItemReader, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.readers.Reader(name)
}

// value returns what is kept under a name, making it when there is nothing.
func (k *durable) value(name string, construct func() any) any {
	k.mu.Lock()
	v, ok := k.values[name]
	k.mu.Unlock()
	if ok {
		return v
	}
	v = construct()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.values[name] = v
	return v
}

// downstream returns the service of a name, making it when there is none.
func (k *durable) downstream(name string, construct func() http.Handler) *memory.World {
	k.mu.Lock()
	w := k.downstreams[name]
	k.mu.Unlock()
	if w != nil {
		return w
	}
	w = memory.New(construct)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.downstreams[name] = w
	return w
}

func (k *durable) cleanup(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cleanups = append(k.cleanups, f)
}

func (k *durable) folder() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	if k.dir == "" {
		k.dir, err = os.MkdirTemp("", "idemcheck-")
	}
	return k.dir, err
}

// close ends what was kept.
func (k *durable) close() {
	k.mu.Lock()
	cleanups, downstreams, dir := k.cleanups, k.downstreams, k.dir
	k.mu.Unlock()
	for i := len(cleanups) - 1; i >= 0; i-- {
		cleanups[i]()
	}
	for _, w := range downstreams {
		_ = w.Close() // always nil
	}
	if dir != "" {
		_ = os.RemoveAll(dir) // a folder under the system's temporary one may stay behind
	}
}
