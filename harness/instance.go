package harness

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/bubble"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/reports"
)

// grace is how long, in virtual time, what is still at work may go on when a case is over.
const grace = time.Minute

// bubbles runs each case in virtual time, in a bubble of its own, with a fresh instance of the
// service.
type bubbles struct {
	t      *testing.T
	target Target
	// limit is a case's in real time; zero means the usual one.
	limit time.Duration
	mu    sync.Mutex
	// panicked is the first panic of a handler, and panics how many there were. Protected by mu.
	panicked string
	panics   int
}

// Virtual implements [execute.Place].
func (*bubbles) Virtual() bool { return true }

// Lend implements [execute.Place]. A [trial.UnfitError] says what the service did that a case
// cannot survive.
func (b *bubbles) Lend(body func(execute.Site) error) error {
	err := bubble.Run(b.t, b.limit, func() error { return b.site(body) })
	if end, ok := errors.AsType[*bubble.EndError](err); ok {
		return &trial.UnfitError{Message: end.Message}
	}
	return err
}

// caseEnv is what a case's instances leave to each other.
type caseEnv struct {
	*bubbles
	durable *durable
	world   atomic.Pointer[memory.World]
	mu      sync.Mutex
	// now is the instance of each replica that serves, and startErr why one could not be made.
	// Protected by mu.
	now      map[int]*Env
	startErr error
}

// site starts an instance, calls body and ends everything, also when body ends its goroutine.
func (b *bubbles) site(body func(execute.Site) error) (err error) {
	l := &caseEnv{bubbles: b, durable: newDurable(), now: map[int]*Env{}}
	makes := []func() http.Handler{func() http.Handler { return l.next(0, b.target.construct) }}
	for i, construct := range b.target.more {
		makes = append(makes, func() http.Handler { return l.next(i+1, construct) })
	}
	world := memory.New(makes[0], makes[1:]...)
	l.world.Store(world)
	transport := world.Transport()
	defer func() {
		transport.CloseIdleConnections()
		err = errors.Join(err, world.Close())
		l.end()
		synctest.Wait()
		<-time.After(grace)
	}()
	if err := l.failed(); err != nil {
		return err
	}
	// As long as any other nonce, so that a cut falls at the same place of a body as on the wire.
	err = body(execute.Site{
		World: world, HTTP: world.Observing(transport), Readers: l.durable, Nonce: "000000000000",
	})
	if dead := l.failed(); dead != nil {
		return dead
	}
	return err
}

// next constructs an instance of a replica, after the crash of the one before it.
func (l *caseEnv) next(replica int, construct func(*Env) http.Handler) http.Handler {
	e := newEnv(l.durable, func(point string) bool { return l.reached(point, replica) })
	l.mu.Lock()
	if before := l.now[replica]; before != nil {
		before.crash()
	}
	l.now[replica] = e
	l.mu.Unlock()
	h, err := l.make(e, construct)
	if err == nil {
		return l.guard(e, h)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.startErr = err
	return http.NotFoundHandler()
}

// make calls the user's constructor.
func (l *caseEnv) make(e *Env, construct func(*Env) http.Handler) (h http.Handler, err error) {
	if construct == nil {
		return nil, &trial.UnfitError{
			Message: "the target has no constructor: make it with harness.Handler(func(env) …)",
		}
	}
	defer func() {
		if p := recover(); p != nil {
			err = &trial.UnfitError{Message: fmt.Sprintf("the constructor panicked: %s\n%s",
				reports.Visible(fmt.Sprint(p)), strings.Join(bubble.UserFrames(string(debug.Stack())), "\n"))}
		}
	}()
	if h = construct(e); h == nil {
		err = &trial.UnfitError{Message: "the constructor returned no handler"}
	}
	return h, err
}

// reached asks whether the instance of a replica crashes at a point. While the first ones are
// constructed there is no world to crash in.
func (l *caseEnv) reached(point string, replica int) bool {
	w := l.world.Load()
	return w != nil && w.Reached(point, replica)
}

// failed says why an instance could not be constructed.
func (l *caseEnv) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.startErr
}

// end ends the last instance of each replica and what was kept.
func (l *caseEnv) end() {
	l.mu.Lock()
	last := slices.Collect(maps.Values(l.now))
	l.mu.Unlock()
	for _, e := range last {
		e.end()
	}
	l.durable.close()
}

// guard notes panics of a handler, which net/http would turn into a reset and nothing more. What an
// instance does after its crash is no fault of its own.
func (b *bubbles) guard(e *Env, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			aborted := p == http.ErrAbortHandler //nolint:errorlint // as net/http compares it
			if !aborted && e.Alive() == nil {
				b.note(p, debug.Stack())
			}
			runtime.Goexit() // net/http then ends the connection, as it does for a panic
		}()
		h.ServeHTTP(w, r)
	})
}

// note keeps the first panic.
func (b *bubbles) note(p any, stack []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.panics++; b.panics == 1 {
		frames := strings.Join(bubble.UserFrames(string(stack)), "\n")
		b.panicked = fmt.Sprintf("%s\n%s", reports.Visible(fmt.Sprint(p)), frames)
	}
}

// blame adds to an error what panicked: a handler that panics while its resources are made looks
// like one that cannot be reached.
func (b *bubbles) blame(err error) error {
	if note := b.panicNote(); note != "" {
		return fmt.Errorf("%s\n%w", note, err)
	}
	return err
}

// panicNote says what panicked, or "".
func (b *bubbles) panicNote() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.panics == 0 {
		return ""
	}
	return fmt.Sprintf("the handler panicked; the first time: %s", b.panicked)
}
