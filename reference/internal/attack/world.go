// Package attack does to a payment service what networks and impatient clients do, over real HTTP,
// and says what came of it.
package attack

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	// Funds is the balance, in minor units, with which each account begins.
	Funds = 10_000
	// patience is for what must happen at once; it is only ever used up by a failing test.
	patience = 20 * time.Second
	tries    = 6
	// lateWork is what seeded bugs do after the effect. It must be longer than a server takes to
	// notice that a client has gone.
	lateWork = time.Second
)

var errKilled = errors.New("this instance was killed")

// world is a served service, a processor that works when told, and a clock that moves when told.
type world struct {
	t         *testing.T
	address   string
	clock     *MovableClock
	processor *processor
	began     chan context.Context // one per attempt marked with X-Watch
	ended     chan struct{}        // likewise
	client    http.Client
	// handler answers; restart puts another one in its place.
	handler atomic.Pointer[http.Handler]
	options reference.Options // of the instances, with the store as it is when nobody was killed
	killed  *atomic.Bool      // whether the last instance was
}

// newWorld serves a service over the options' store, and one over each further store, which take
// turns in answering. It opens the accounts shop and till for both tenants.
func newWorld(t *testing.T, options reference.Options, more ...store.Store) *world {
	t.Helper()
	w := &world{
		t: t, clock: &MovableClock{}, processor: newProcessor(),
		began: make(chan context.Context, 1), ended: make(chan struct{}, 1),
		client: http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience},
	}
	options.Clock, options.Processor, options.Work = w.clock, w.processor, lateWork
	if options.Store == nil {
		options.Store = memory.New()
	}
	w.options = options
	instances := make([]http.Handler, 0, 1+len(more))
	for _, kept := range append([]store.Store{options.Store}, more...) {
		instances = append(instances, w.instance(kept))
	}
	all := takeTurns(instances)
	w.handler.Store(&all)
	server := httptest.NewServer(w.watched(http.HandlerFunc(
		func(rw http.ResponseWriter, r *http.Request) { (*w.handler.Load()).ServeHTTP(rw, r) })))
	t.Cleanup(server.Close)
	t.Cleanup(w.processor.work)
	w.address = server.Listener.Addr().String()
	w.openAccounts()
	return w
}

// instance starts a service over a store, of which it sees nothing any more when it is killed.
func (w *world) instance(kept store.Store) http.Handler {
	w.t.Helper()
	killed := &atomic.Bool{}
	w.killed = killed
	options := w.options
	options.Store = store.Fence(kept, func() error {
		if killed.Load() {
			return errKilled
		}
		return nil
	})
	service, err := reference.New(options)
	require.NoError(w.t, err)
	return service
}

// restart kills the only instance and starts another one over its store.
func (w *world) restart() {
	w.t.Helper()
	w.killed.Store(true)
	next := w.instance(w.options.Store)
	w.handler.Store(&next)
}

func takeTurns(instances []http.Handler) http.Handler {
	var turn atomic.Uint64
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		instances[turn.Add(1)%uint64(len(instances))].ServeHTTP(rw, r)
	})
}

func (w *world) openAccounts() {
	w.t.Helper()
	for _, tenant := range []string{"alpha", "beta"} {
		for _, id := range []string{"shop", "till"} {
			body := fmt.Sprintf(`{"id":%q,"name":"Ada","balance":%d}`, id, Funds)
			a := w.send(attempt{tenant: tenant, path: "/v1/accounts", key: tenant + id, body: body})
			require.Equal(w.t, http.StatusCreated, a.status, a.body)
		}
	}
}

func (w *world) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Watch") != "" {
			w.began <- r.Context()
			defer func() { w.ended <- struct{}{} }()
		}
		next.ServeHTTP(rw, r)
	})
}

// attempt is one operation's. An empty method means POST, an empty tenant alpha, an empty path
// /v1/charges.
type attempt struct{ method, tenant, path, key, body string }

type answer struct {
	status   int
	marked   bool // as a replay
	location string
	kind     string // the type of its content
	body     string
	broken   error // why the body is not whole; nil when it is
}

func (a attempt) request(address, extra string) string {
	tenant, path := cmp.Or(a.tenant, "alpha"), cmp.Or(a.path, "/v1/charges")
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s-token\r\n"+
		"Idempotency-Key: %q\r\nContent-Length: %d\r\n%s\r\n%s",
		cmp.Or(a.method, http.MethodPost), path, address, tenant, a.key, len(a.body), extra, a.body)
}

func (w *world) dial() *net.TCPConn {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", w.address, patience)
	require.NoError(w.t, err)
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(patience)))
	return conn.(*net.TCPConn)
}

// send makes one attempt on a connection of its own and waits for the answer.
func (w *world) send(a attempt) answer {
	w.t.Helper()
	return w.exchange(a.request(w.address, "Connection: close\r\n"))
}

func (w *world) exchange(request string) answer {
	w.t.Helper()
	conn := w.dial()
	defer func() { _ = conn.Close() }()
	_, err := io.WriteString(conn, request)
	require.NoError(w.t, err)
	return w.receive(conn)
}

func (w *world) receive(conn net.Conn) answer {
	w.t.Helper()
	post := &http.Request{Method: http.MethodPost}
	response, err := http.ReadResponse(bufio.NewReader(conn), post)
	require.NoError(w.t, err)
	body, broken := io.ReadAll(response.Body)
	marked := response.Header.Get("Idempotent-Replayed") == "true"
	return answer{
		status: response.StatusCode, marked: marked, body: string(body),
		location: response.Header.Get("Location"), kind: response.Header.Get("Content-Type"),
		broken: broken,
	}
}

// settle repeats an attempt until the answer is definite, or the tries are used up.
func (w *world) settle(a attempt) answer {
	w.t.Helper()
	var last answer
	for range tries {
		last = w.send(a)
		if last.status < 500 && last.status != http.StatusConflict {
			break
		}
	}
	return last
}

// leave makes an attempt and goes away while the processor works. It returns when the service has
// noticed, and has finished all the same.
func (w *world) leave(a attempt, goAway func(*net.TCPConn) error) {
	w.t.Helper()
	w.processor.hold()
	conn := w.dial()
	_, err := io.WriteString(conn, a.request(w.address, "X-Watch: yes\r\n"))
	require.NoError(w.t, err)
	client := wait(w.t, w.began)
	wait(w.t, w.processor.entered)
	require.NoError(w.t, goAway(conn))
	wait(w.t, client.Done())
	w.processor.work()
	wait(w.t, w.ended)
}

func wait[T any](t *testing.T, happened <-chan T) T {
	t.Helper()
	select {
	case value := <-happened:
		return value
	case <-time.After(patience):
		require.FailNow(t, "it did not happen")
		panic("not reached")
	}
}

func (w *world) read(tenant, path string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(
		w.t.Context(), http.MethodGet, "http://"+w.address+path, http.NoBody)
	require.NoError(w.t, err)
	request.Header.Set("Authorization", "Bearer "+tenant+"-token")
	response, err := w.client.Do(request)
	require.NoError(w.t, err)
	return response
}

func (w *world) get(tenant, path string, into any) {
	w.t.Helper()
	response := w.read(tenant, path)
	defer func() { _ = response.Body.Close() }()
	require.Equal(w.t, http.StatusOK, response.StatusCode)
	require.NoError(w.t, json.NewDecoder(response.Body).Decode(into))
}

// status reads something that may not be there.
func (w *world) status(tenant, path string) int {
	w.t.Helper()
	response := w.read(tenant, path)
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

// ledger renders the effects and the balance of an account on one line: "charge 5 k1, receipt 5 k1:
// 95".
func (w *world) ledger(tenant, account string) string {
	w.t.Helper()
	var list struct {
		Effects []struct {
			Kind, Key string
			Amount    int64
		}
	}
	var state struct{ Balance int64 }
	w.get(tenant, "/v1/effects?account="+account, &list)
	w.get(tenant, "/v1/accounts/"+account, &state)
	lines := make([]string, 0, len(list.Effects))
	for _, e := range list.Effects {
		lines = append(lines, fmt.Sprintf("%s %d %s", e.Kind, e.Amount, e.Key))
	}
	return fmt.Sprintf("%s: %d", strings.Join(lines, ", "), state.Balance)
}

// chargedOnce says what is wrong with the answer to a charge that was executed once.
func (w *world) chargedOnce(a answer) string {
	return first(expect("status", http.StatusCreated, a.status), w.shopHas(once("k1", 1234)))
}

// shopHas says what is wrong with the ledger of alpha's shop.
func (w *world) shopHas(want string) string {
	return expect("ledger", want, w.ledger("alpha", "shop"))
}

// tillHas says what is wrong with the ledger of alpha's till.
func (w *world) tillHas(want string) string {
	return expect("the till's ledger", want, w.ledger("alpha", "till"))
}
