// Package bubble runs a function in virtual time, and says why time stands still in it.
package bubble

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// RealLimit is how long one bubble may take in real time before something in it must be blocked on
// the real world, where virtual time stands still.
const RealLimit = 12 * time.Second

// starvedFactor is how many times as long a bubble may take while something in it computes: on a
// busy machine it may get a small part of a processor.
const starvedFactor = 5

// idleEnough is how often in a row nothing must compute before that is believed: what was seen once
// may be on its way from one computation to the next.
const idleEnough = 3

// stillEnough is how often, a second apart, nothing must have moved where a lock is waited for.
const stillEnough = 5

// EndError is why a bubble could not be run to its end: what the code in it did, and where.
type EndError struct{ Message string }

// Error returns the whole message.
func (e *EndError) Error() string { return e.Message }

// Run calls body in a testing/synctest bubble of t's and returns its error, or an [EndError]. A
// limit of zero means [RealLimit].
func Run(t *testing.T, limit time.Duration, body func() error) error {
	if limit == 0 {
		limit = RealLimit
	}
	done := make(chan error, 1)
	name := make(chan string, 1)
	left := &absence{given: make(chan struct{}), never: make(chan struct{})}
	defer close(left.given)
	go func() {
		// What ends this goroutine from within, such as a failed require, leaves this error.
		err := error(&EndError{"the service ended the test from inside a case: a failed require " +
			"or t.FailNow in it, or a data race that the race detector reported above"})
		defer func() { done <- err }()
		err = inside(t, name, func() error {
			defer left.hold()
			return body()
		})
	}()
	return await(limit, done, name)
}

// absence says whether nobody waits for a bubble any more. Its channels are made outside the
// bubble: whoever waits for one of them does not let virtual time pass.
type absence struct{ given, never chan struct{} }

// hold returns, unless the bubble was given up: then it blocks for ever. A bubble may move on when
// the test's cleanup closes the socket it waited for. It would end as a part of a test that is
// over, and package testing does that beside the end of the process, as a data race.
func (a *absence) hold() {
	select {
	case <-a.given:
		<-a.never
	default:
	}
}

// await returns what a bubble ended with, unless virtual time stands still in it.
func await(limit time.Duration, done <-chan error, name <-chan string) error {
	tick := time.NewTicker(min(limit, time.Second))
	defer tick.Stop()
	var bubble string
	var before []goroutine
	still, idle := 0, 0
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
		if idle++; slices.ContainsFunc(all, goroutine.computes) {
			idle = 0
		}
		patience := limit
		if idle < idleEnough {
			patience *= starvedFactor
		}
		// Whoever holds the lock may be in another case, as with locks of a library, and be slow.
		if passed >= patience || still >= stillEnough {
			end := &EndError{standstill(passed.Round(100*time.Millisecond), all)}
			if slices.ContainsFunc(all, goroutine.isHTTP) {
				forgetConnections()
				// A client of the user's, such as that of an httptest.Server, still knows its own: then
				// this is all that the user will read.
				fmt.Fprintln(os.Stderr, "idemcheck: "+end.Message)
			}
			return end
		}
		before = all
	}
}

// forgetConnections lets the default transport forget the connections of a bubble that is given up.
// httptest.Server.Close closes them, in a cleanup of the test's, and to close what was made in a
// bubble from outside of it ends the process, before the test could say what is wrong.
func forgetConnections() {
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		http.DefaultTransport = shared.Clone()
	}
}

// inside runs body in a bubble. What is still blocked when it is over would be a deadlock there.
func inside(t *testing.T, name chan<- string, body func() error) (err error) {
	var bubble string
	defer func() {
		if r := recover(); r != nil {
			err = &EndError{leaks(goroutines(bubble), r)}
		}
	}()
	synctest.Test(t, func(*testing.T) {
		bubble = nameOf()
		name <- bubble
		err = body()
	})
	return err
}
