package harness_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

// takes lets virtual time pass, as work does.
func takes(d time.Duration) { <-time.After(d) }

// tinyPromises is the contract of the tiny service below.
const tinyPromises = `
version: 1
name: tiny
target: {url: "http://tiny.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises: {replay: same-body, mismatch: [422]}
operations:
  pay:
    path: /payments
    body: {reference: "{mark}"}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: payments, kind: payment}]
ledgers:
  payments: {path: /payments, mark: reference, kind: kind, id: id}
`

func tinyContract(t testing.TB) *model.Contract {
	t.Helper()
	c, err := contract.Parse("tiny.yaml", []byte(tinyPromises))
	require.NoError(t, err)
	return c
}

// tinySuite checks the tiny service.
func tinySuite(t testing.TB, which ...plan.Scenario) harness.Suite {
	t.Helper()
	if len(which) == 0 {
		which = chosen(t, "no-fault-repeat", "lost-answers")
	}
	return harness.Suite{Contract: tinyContract(t), Scenarios: which, Cases: 20}
}

// chosen returns scenarios of the virtual catalogue.
func chosen(t testing.TB, names ...string) []plan.Scenario {
	t.Helper()
	var out []plan.Scenario
	for _, name := range names {
		for _, s := range scenarios.Virtual() {
			if s.Name == name {
				out = append(out, s)
			}
		}
	}
	require.Len(t, out, len(names))
	return out
}

// payment is what the tiny service has on disk.
type payment struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
}

// disk is what the tiny service keeps.
type disk struct {
	mu       sync.Mutex
	payments []payment          // protected by mu
	keys     map[string]payment // protected by mu
}

func newDisk() *disk { return &disk{keys: map[string]payment{}} }

// pay enters a payment, together with its key when there is one; nothing is written by the dead.
func (d *disk) pay(env *harness.Env, reference, key string) (payment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := env.Alive(); err != nil {
		return payment{}, err
	}
	if p, ok := d.keys[key]; ok && key != "" {
		return p, nil
	}
	p := payment{"p" + string(rune('0'+len(d.payments))), "payment", reference}
	d.payments = append(d.payments, p)
	if key != "" {
		d.keys[key] = p
	}
	return p, nil
}

// remember stores a key alone.
func (d *disk) remember(env *harness.Env, key string, p payment) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := env.Alive(); err != nil {
		return err
	}
	d.keys[key] = p
	return nil
}

func (d *disk) recall(key string) (payment, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.keys[key]
	return p, ok
}

// forget loses all keys. The process before may still ask for one.
func (d *disk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys = map[string]payment{}
}

func (d *disk) list() []payment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]payment{}, d.payments...)
}

// tiny is a service with one kind of payment. Each hook is called while it is at work.
type tiny struct {
	env  *harness.Env
	disk *disk
	// claims orders the attempts under one key, in memory.
	claims chan map[string]bool
	// atOnce stores effect and key in one step; otherwise the key comes later, after the point
	// "after-effect".
	atOnce bool
	work   func(*http.Request)
}

// newTiny makes the target of a tiny service.
func newTiny(atOnce bool, work func(*http.Request)) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		s := &tiny{env, harness.Keep(env, "disk", newDisk), make(chan map[string]bool, 1), atOnce, work}
		s.claims <- map[string]bool{}
		return s
	})
}

func (s *tiny) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		answer(w, http.StatusOK, s.disk.list())
		return
	}
	var body payment
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	for !s.claim(key) {
		takes(time.Millisecond)
	}
	defer s.release(key)
	p, err := s.once(r, key, body.Reference)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
	case p.Reference != body.Reference:
		w.WriteHeader(http.StatusUnprocessableEntity)
	default:
		answer(w, http.StatusCreated, p)
	}
}

// once enters a payment once, unless the service dies between effect and key.
func (s *tiny) once(r *http.Request, key, reference string) (payment, error) {
	if p, ok := s.disk.recall(key); ok {
		return p, nil
	}
	takes(time.Millisecond)
	if s.work != nil {
		s.work(r)
	}
	if s.atOnce {
		return s.disk.pay(s.env, reference, key)
	}
	p, err := s.disk.pay(s.env, reference, "")
	if err != nil {
		return p, err
	}
	s.env.Point("after-effect")
	takes(time.Millisecond)
	return p, s.disk.remember(s.env, key, p)
}

// claim takes a key in memory; false when somebody else has it.
func (s *tiny) claim(key string) bool {
	claims := <-s.claims
	defer func() { s.claims <- claims }()
	if claims[key] {
		return false
	}
	claims[key] = true
	return true
}

func (s *tiny) release(key string) {
	claims := <-s.claims
	delete(claims, key)
	s.claims <- claims
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
