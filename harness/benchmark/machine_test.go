package benchmark_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"pgregory.net/rapid"
)

const (
	// shortTimeout is when the client of the state machine gives up on an attempt, patience when it
	// does so after everything has healed.
	shortTimeout = 60 * time.Millisecond
	patience     = time.Second
	// wealth is the balance of a fresh account: every charge succeeds, unless it is meant not to.
	wealth = 1_000_000
	// lastTries is how often an operation is tried after everything has healed.
	lastTries = 30
	// landing is how long the state machine waits before it counts rows.
	landing = 20 * time.Millisecond
)

// bench is what the state machines of one hunt work with: a service behind a proxy of a stock
// Toxiproxy server.
type bench struct {
	service string
	proxy   *toxiproxy.Proxy
	// hurried is the client through the proxy, patient the one after everything has healed, direct
	// the one that reads the ledger. The first two use a connection for one attempt only, so that
	// the toxics hold for it from its first byte, and so that net/http does not send it twice.
	hurried, patient, direct *http.Client
	// batches says that the service takes batches.
	batches bool
	// attempts counts the attempts of operations.
	attempts atomic.Int64
	// names counts accounts and keys, so that none is used twice.
	names atomic.Int64
}

// newBench puts a proxy before the service at an address. It is the caller's to close.
func newBench(api *toxiproxy.Client, name, address string) (*bench, error) {
	proxy, err := api.CreateProxy(name, "127.0.0.1:0", address)
	if err != nil {
		return nil, fmt.Errorf("making a proxy: %w", err)
	}
	once := &http.Transport{DisableKeepAlives: true}
	return &bench{
		service: "http://" + address, proxy: proxy,
		hurried: &http.Client{Transport: once, Timeout: shortTimeout},
		patient: &http.Client{Transport: once, Timeout: patience},
		direct:  &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second},
	}, nil
}

func (b *bench) close() error {
	b.direct.CloseIdleConnections()
	return b.proxy.Delete()
}

// machine is one run of the state machine: two fresh accounts, and what was done with them.
type machine struct {
	*bench
	accounts   [2]string
	operations []*operation
	mu         sync.Mutex
	// complaint is the first assertion that failed, broken the first error that says nothing about
	// the service. Both are protected by mu.
	complaint, broken error
}

// hunt runs the state machine, with dice of its own each time, until an assertion fails or a
// number of attempts were made. The complaint is nil in the second case.
func (b *bench) hunt(seed, limit int) (complaint, broken error) {
	for n := 0; b.attempts.Load() < int64(limit); n++ {
		m := &machine{bench: b}
		rapid.Custom(func(t *rapid.T) bool {
			m.run(t)
			return true
		}).Example(seed*1_000_003 + n)
		if m.stopped() {
			return m.complaint, m.broken
		}
	}
	return nil, nil
}

// run does random things through random toxics; then it counts.
func (m *machine) run(t *rapid.T) {
	for i := range m.accounts {
		m.accounts[i] = m.fresh("account")
		m.give(m.open(m.accounts[i]))
	}
	actions := map[string]func(*rapid.T){
		"charge":       m.action(func(t *rapid.T) { m.perform(t, m.charge(t), 1) }),
		"overdraw":     m.action(func(t *rapid.T) { m.perform(t, m.overdraw(t), 1) }),
		"refund":       m.action(func(t *rapid.T) { m.perform(t, m.refund(t), 1) }),
		"transfer":     m.action(func(t *rapid.T) { m.perform(t, m.transfer(t), 1) }),
		"double click": m.action(func(t *rapid.T) { m.perform(t, m.any(t), 2) }),
		"repeat":       m.action(func(t *rapid.T) { m.perform(t, m.earlier(t), 1) }),
	}
	if m.batches {
		actions["batch"] = m.action(func(t *rapid.T) { m.perform(t, m.batch(t), 1) })
	}
	t.Repeat(actions)
	if !m.stopped() {
		m.settle()
	}
	if !m.stopped() {
		m.count()
	}
}

// action skips what is left once an assertion has failed: nothing is shrunk here.
func (m *machine) action(do func(*rapid.T)) func(*rapid.T) {
	return func(t *rapid.T) {
		if !m.stopped() {
			do(t)
		}
	}
}

func (m *machine) stopped() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.complaint != nil || m.broken != nil
}

// complain keeps the first assertion that failed.
func (m *machine) complain(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.complaint == nil {
		m.complaint = err
	}
}

// give keeps the first error of the state machine's own work.
func (m *machine) give(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken == nil {
		m.broken = err
	}
}

// fresh returns a name that was not used before, as long as a UUID.
func (b *bench) fresh(what string) string {
	return fmt.Sprintf("%s-%0*d", what, 35-len(what), b.names.Add(1))
}

// open makes an account, without the proxy.
func (b *bench) open(account string) error {
	body := fmt.Appendf(nil, `{"id":%q,"name":%q,"currency":"EUR","balance":%d}`, account, account, wealth)
	status, answer, err := post(b.direct, b.service+"/v1/accounts", b.fresh("key"), body)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("answered %d: %s", status, answer)
	}
	if err != nil {
		return fmt.Errorf("opening an account: %w", err)
	}
	return nil
}

// settle tries everything once more through a clean proxy, whether it was answered or not, and
// expects an answer. An answer that is there already must come again.
func (m *machine) settle() {
	for _, o := range m.operations {
		if !m.try(o, attempting{client: m.patient, tries: lastTries}) && !m.stopped() {
			m.complain(fmt.Errorf("%s %s got no definite answer in %d tries", o.kind, o.key, lastTries))
		}
		if m.stopped() {
			return
		}
	}
}

// count compares rows and balances with what was acknowledged.
func (m *machine) count() {
	time.Sleep(landing)
	for _, account := range m.accounts {
		rows, balance := m.expected(account)
		seen, err := m.ledger(account)
		if err != nil {
			m.give(err)
			return
		}
		if fmt.Sprint(seen.rows) != fmt.Sprint(rows) {
			m.complain(fmt.Errorf("account %s has the rows %v instead of %v", account, seen.rows, rows))
		}
		if seen.balance != balance {
			m.complain(fmt.Errorf("account %s has %d instead of %d", account, seen.balance, balance))
		}
	}
}

// books are the rows of an account by kind, key and amount, and its balance.
type books struct {
	rows    map[string]int
	balance int
}

// ledger reads the books of an account, without the proxy.
func (b *bench) ledger(account string) (books, error) {
	var list struct {
		Effects []struct {
			Kind, Key string
			Amount    json.Number
		}
	}
	var state struct{ Balance int }
	reader := peer{service: b.service, direct: b.direct}
	if err := reader.get("/v1/effects?account="+account, &list); err != nil {
		return books{}, err
	}
	if err := reader.get("/v1/accounts/"+account, &state); err != nil {
		return books{}, err
	}
	out := books{rows: map[string]int{}, balance: state.Balance}
	for _, e := range list.Effects {
		out.rows[fmt.Sprintf("%s %s %s", e.Kind, e.Key, e.Amount)]++
	}
	return out, nil
}
