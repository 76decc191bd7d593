package harness

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idemcheck/idemcheck/chaos/memory"
	"github.com/idemcheck/idemcheck/reports"
)

// realLimit is how long one case may take in real time before something in it must be blocked on
// the real world, where virtual time stands still.
const realLimit = 12 * time.Second

// stillEnough is how often, a second apart, nothing must have moved where a lock is waited for.
const stillEnough = 5

// grace is how long, in virtual time, what is still at work may go on when a case is over.
const grace = time.Minute

// unfitError is what a service did that no case can survive, and where: it ends the run.
type unfitError struct{ message string }

// Error returns the whole message.
func (e *unfitError) Error() string { return e.message }

// bubbles runs each case in a testing/synctest bubble of its own, with a fresh instance of the
// service.
type bubbles struct {
	t         *testing.T
	construct func(*Env) http.Handler
	// limit is a case's in real time; zero means realLimit.
	limit time.Duration
	mu    sync.Mutex
	// panicked is the first panic of a handler, and panics how many there were. Protected by mu.
	panicked string
	panics   int
}

// enter implements Options.Enter. An [unfitError] says what the service did that a case cannot
// survive.
func (b *bubbles) enter(body func(Site) error) error {
	done := make(chan error, 1)
	name := make(chan string, 1)
	go func() {
		// What ends this goroutine from within, such as a failed require, leaves this error.
		err := error(&unfitError{"the service ended the test from inside a case: a failed require " +
			"or t.FailNow in it, or a data race that the race detector reported above"})
		defer func() { done <- err }()
		err = b.inside(name, body)
	}()
	return b.await(done, name)
}

// await returns what a case ended with, unless virtual time stands still in it.
func (b *bubbles) await(done <-chan error, name <-chan string) error {
	limit := b.limit
	if limit == 0 {
		limit = realLimit
	}
	tick := time.NewTicker(min(limit, time.Second))
	defer tick.Stop()
	var bubble string
	var before []goroutine
	still := 0
	for begun := time.Now(); ; {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		if bubble == "" {
			bubble = <-name
		}
		all, passed := goroutines(bubble), time.Since(begun)
		if still++; !locked(all) || !unmoved(before, all) {
			still = 0
		}
		// Whoever holds the lock may be in another case, as with locks of a library, and be slow.
		if passed >= limit || still >= stillEnough {
			return &unfitError{standstill(passed.Round(100*time.Millisecond), all)}
		}
		before = all
	}
}

// inside runs body in a bubble. What is still blocked when the case is over would be a deadlock
// there.
func (b *bubbles) inside(name chan<- string, body func(Site) error) (err error) {
	var bubble string
	defer func() {
		if r := recover(); r != nil {
			err = &unfitError{leaks(goroutines(bubble), r)}
		}
	}()
	synctest.Test(b.t, func(*testing.T) {
		bubble = bubbleOf()
		name <- bubble
		err = b.site(body)
	})
	return err
}

// life is what a case's instances leave to each other.
type life struct {
	*bubbles
	kept  *kept
	world atomic.Pointer[memory.World]
	mu    sync.Mutex
	// now is the instance that serves, and stillborn why one could not be made. Protected by mu.
	now       *Env
	stillborn error
}

// site starts an instance, calls body and ends everything, also when body ends its goroutine.
func (b *bubbles) site(body func(Site) error) (err error) {
	l := &life{bubbles: b, kept: newKept()}
	world := memory.New(l.next)
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
	err = body(Site{World: world, HTTP: world.Observing(transport), Nonce: "000000000000"})
	if dead := l.failed(); dead != nil {
		return dead
	}
	return err
}

// next constructs an instance, after the crash of the one before it.
func (l *life) next() http.Handler {
	e := newEnv(l.kept, l.reached)
	l.mu.Lock()
	if l.now != nil {
		l.now.crash()
	}
	l.now = e
	l.mu.Unlock()
	h, err := l.make(e)
	if err == nil {
		return l.guard(e, h)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stillborn = err
	return http.NotFoundHandler()
}

// make calls the user's constructor.
func (l *life) make(e *Env) (h http.Handler, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &unfitError{fmt.Sprintf("the constructor panicked: %s\n%s",
				reports.Visible(fmt.Sprint(p)), strings.Join(userFrames(string(debug.Stack())), "\n"))}
		}
	}()
	if h = l.construct(e); h == nil {
		err = &unfitError{"the constructor returned no handler"}
	}
	return h, err
}

// reached asks whether the instance crashes at a point. While the first one is constructed there
// is no world to crash in.
func (l *life) reached(point string) bool {
	w := l.world.Load()
	return w != nil && w.Reached(point)
}

// failed says why an instance could not be constructed.
func (l *life) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stillborn
}

// end ends the last instance and what was kept.
func (l *life) end() {
	l.mu.Lock()
	e := l.now
	l.mu.Unlock()
	e.end()
	l.kept.close()
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
		frames := strings.Join(userFrames(string(stack)), "\n")
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
