package harness_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

// misbehaviour is a service that no case survives, and what the message must say of it.
type misbehaviour struct {
	name   string
	target func(t *testing.T) harness.Target
	says   []string
}

func misbehaviours() []misbehaviour {
	return []misbehaviour{
		{"leaks a goroutine", leaking, []string{
			"the service leaks goroutines", "env.Context()", "chan receive",
			"harness_test.leak at ", "bubble_test.go:",
		}},
		{"ticks for ever", ticking, []string{
			"the service leaks goroutines", "harness_test.tick at ", "bubble_test.go:",
		}},
		{"waits for a real socket", listening, []string{
			"stood still", "IO wait", "env.Downstream", "harness_test.readSocket at ", "bubble_test.go:",
		}},
		{"waits for a real pipe", piping, []string{
			"stood still", "IO wait", "harness_test.readPipe at ", "bubble_test.go:",
		}},
		{"asks a server of httptest", asking, []string{
			"stood still", "httptest.NewServer", "give its handler to env.Downstream", "over TCP",
		}},
		{"makes a server of httptest", serving, []string{
			"stood still", "httptest.NewServer", "give its handler to env.Downstream", "over TCP",
		}},
		{"sleeps with a lock held", locking, []string{
			"stood still", "a lock is held by somebody who sleeps", "sync.Mutex.Lock",
			"or check it in real time, over TCP", "`idemcheck run idemcheck.yaml`",
			"meanwhile", "harness_test.sleepLocked at ", "bubble_test.go:",
		}},
		{"waits for a channel from outside", outside, []string{
			"stood still", "make it in the constructor", "harness_test.receive at ",
		}},
		{"constructor panics", func(*testing.T) harness.Target {
			return harness.Handler(func(*harness.Env) http.Handler { return broken() })
		}, []string{"the constructor panicked: no configuration", "harness_test.broken at ", "bubble_test.go:"}},
		{"constructor returns nothing", func(*testing.T) harness.Target {
			return harness.Handler(func(*harness.Env) http.Handler { return nil })
		}, []string{"the constructor returned no handler"}},
	}
}

func broken() http.Handler { panic("no configuration") }

func leaking(*testing.T) harness.Target {
	return newTiny(true, func(*http.Request) { go leak(make(chan int)) })
}

func leak(c chan int) { <-c }

func ticking(*testing.T) harness.Target {
	return newTiny(true, func(*http.Request) { go tick() })
}

func tick() {
	for {
		takes(10 * time.Second)
	}
}

func listening(t *testing.T) harness.Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return newTiny(true, func(*http.Request) { readSocket(l.Addr().String()) })
}

func readSocket(addr string) {
	c, err := net.Dial("tcp", addr)
	if err == nil {
		_, _ = c.Read(make([]byte, 1))
	}
}

// asking asks a real server, whose connection stays open.
func asking(t *testing.T) harness.Target {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return newTiny(true, func(r *http.Request) { askServer(r.Context(), http.DefaultClient, server.URL) })
}

// serving makes a real server for each instance.
func serving(*testing.T) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		server := httptest.NewServer(http.NotFoundHandler())
		env.Cleanup(server.Close)
		inner := newTinyIn(env)
		inner.work = func(r *http.Request) { askServer(r.Context(), http.DefaultClient, server.URL) }
		return inner
	})
}

func askServer(ctx context.Context, by *http.Client, url string) {
	ask, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, url, http.NoBody)
	if err != nil {
		return
	}
	if answer, err := by.Do(ask); err == nil {
		_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is kept
		_ = answer.Body.Close()
	}
}

func piping(t *testing.T) harness.Target {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return newTiny(true, func(*http.Request) { readPipe(r) })
}

func readPipe(r *os.File) { _, _ = r.Read(make([]byte, 1)) }

// locking sleeps with a lock held, which two attempts side by side want.
func locking(*testing.T) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		inner := &tiny{
			env: env, disk: harness.Keep(env, "disk", newDisk), claims: make(chan map[string]bool, 1),
			atOnce: true,
		}
		inner.claims <- map[string]bool{}
		var mu sync.Mutex
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sleepLocked(&mu)
			inner.ServeHTTP(w, r)
		})
	})
}

func sleepLocked(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	takes(5 * time.Millisecond)
}

func outside(t *testing.T) harness.Target {
	c := make(chan int)
	t.Cleanup(func() { close(c) })
	return newTiny(true, func(*http.Request) { receive(c) })
}

func receive(c chan int) { <-c }

func TestCheckSaysWhatNoCaseSurvives(t *testing.T) {
	for _, m := range misbehaviours() {
		t.Run(m.name, func(t *testing.T) {
			inFolder(t)
			s := tinySuite(t, chosen(t, "no-fault-repeat", "concurrent-duplicates")...)
			message, err := harness.CheckMessage(t, s.WithLimit(300*time.Millisecond), m.target(t))
			require.Empty(t, message)
			require.Error(t, err)
			for _, part := range m.says {
				require.ErrorContains(t, err, part)
			}
			require.NotContains(t, err.Error(), "[")
			require.Less(t, strings.Count(err.Error(), "\n"), 30)
		})
	}
}

func TestCheckShowsWhereAHandlerPanics(t *testing.T) {
	inFolder(t)
	message, err := harness.CheckMessage(t, tinySuite(t), newTiny(true, func(*http.Request) { _ = divide(0) }))
	require.NoError(t, err)
	require.Contains(t, message, "UNKNOWN")
	require.Contains(t, message, "the handler panicked; the first time: "+
		"runtime error: integer divide by zero")
	require.Contains(t, message, "harness_test.divide at ")
	require.Contains(t, message, "bubble_test.go:")
}

// TestCheckShowsAPanicWhileResourcesAreMade: the case cannot begin, and the reason is no network.
func TestCheckShowsAPanicWhileResourcesAreMade(t *testing.T) {
	inFolder(t)
	promised, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	broken := harness.Handler(func(*harness.Env) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { _ = divide(0) })
	})
	_, err = harness.CheckMessage(t,
		harness.Suite{Contract: promised, Scenarios: scenarios.HTTP(), Cases: 5}, broken)
	require.ErrorContains(t, err, "the handler panicked; the first time: runtime error")
	require.ErrorContains(t, err, "harness_test.divide at ")
}

func divide(n int) int { return 1 / n }

// TestCheckLetsSlowHandlersFinish: who ends by itself after a while has not leaked.
func TestCheckLetsSlowHandlersFinish(t *testing.T) {
	harness.Check(t, tinySuite(t), newTiny(true, func(*http.Request) {
		go takes(30 * time.Second)
	}))
}

// TestCheckEndsInsideATest checks a right handler, and other ones when the test below runs it.
func TestCheckEndsInsideATest(t *testing.T) {
	if os.Getenv("IDEMCHECK_INNER") == "" {
		harness.Check(t, tinySuite(t, chosen(t, "no-fault-repeat")...), newTiny(true, nil))
		return
	}
	s := tinySuite(t, chosen(t, "no-fault-repeat")...).WithLimit(300 * time.Millisecond)
	if os.Getenv("IDEMCHECK_INNER") == "require" {
		harness.Check(t, s, newTiny(true, func(*http.Request) { require.Fail(t, "from inside") }))
	}
	if os.Getenv("IDEMCHECK_INNER") == "server" {
		harness.Check(t, s, asking(t))
	}
	harness.Check(t, s, piping(t))
}

func TestStandstillEndsTheProcess(t *testing.T) {
	for inner, says := range map[string]string{
		"pipe": "stood still", "require": "from inside", "server": "env.Downstream",
	} {
		t.Run(inner, func(t *testing.T) {
			out, code := rerun(t, "TestCheckEndsInsideATest", "IDEMCHECK_INNER="+inner)
			require.Equal(t, 1, code, out)
			require.Contains(t, out, says)
			require.NotContains(t, out, "deadlock")
			require.NotContains(t, out, "fatal error")
			require.NotContains(t, out, "goroutine ")
		})
	}
}

// TestMessagesSayOnlyWhatTheyMust keeps the messages readable.
func TestMessagesSayOnlyWhatTheyMust(t *testing.T) {
	inFolder(t)
	_, err := harness.CheckMessage(t,
		tinySuite(t, chosen(t, "concurrent-duplicates")...).WithLimit(300*time.Millisecond), locking(t))
	t.Log(fmt.Sprint(err))
	require.NotContains(t, err.Error(), "net/http.")
	require.NotRegexp(t, `idemcheck/harness(\.|/[a-z/]+\.)`, err.Error())
}

// TestLocksAreSeenSoon: nobody waits for the whole limit when nothing can move any more. Otherwise
// this test takes a day.
func TestLocksAreSeenSoon(t *testing.T) {
	inFolder(t)
	_, err := harness.CheckMessage(t,
		tinySuite(t, chosen(t, "concurrent-duplicates")...).WithLimit(24*time.Hour), locking(t))
	require.ErrorContains(t, err, "a lock is held")
}
