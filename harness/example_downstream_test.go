package harness_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/scenarios"
)

const orderPromises = `
version: 1
name: orders
target: {url: "http://orders.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises: {replay: same-body, mismatch: [422]}
operations:
  order:
    path: /charges
    body: {order: "{mark}"}
    ok: [201]
    effects: [{ledger: charges}]
ledgers:
  charges: {path: /charges, mark: order}   # the bank's statement
`

// Charge is both a request and an answer.
type Charge struct {
	Order string `json:"order"`
}

// Bank is the other service, or what stands for it in a test. It charges once for a key.
type Bank struct {
	mu      sync.Mutex
	charges map[string]Charge
}

func newBank() http.Handler { return &Bank{charges: map[string]Charge{}} }

// ServeHTTP implements http.Handler.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_ = json.NewEncoder(w).Encode(b.list())
		return
	}
	var asked Charge
	_ = json.NewDecoder(r.Body).Decode(&asked)
	<-time.After(5 * time.Millisecond) // work; in virtual time it costs nothing
	charged := b.charge(r.Header.Get("Idempotency-Key"), asked)
	if charged != asked { // the key came before with another payload
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(charged)
}

func (b *Bank) charge(key string, asked Charge) Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before, ok := b.charges[key]; ok {
		return before
	}
	b.charges[key] = asked
	return asked
}

func (b *Bank) list() []Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Charge{}
	for _, c := range b.charges {
		out = append(out, c)
	}
	return out
}

// Orders is the service under test. It keeps nothing and asks the bank.
type Orders struct {
	bank *http.Client
	// keyFor is the key under which the bank is asked.
	keyFor func(r *http.Request) string
}

// ServeHTTP implements http.Handler.
func (o *Orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithoutCancel(r.Context()) // a client that leaves stops no charge
	ask, _ := http.NewRequestWithContext(ctx, r.Method, "http://bank/charges", r.Body)
	ask.Header.Set("Idempotency-Key", o.keyFor(r))
	answer, err := o.bank.Do(ask)
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// A service that asks another one must hand the key on: with a key of its own for each attempt, a
// retry charges twice. The other service runs in memory too; its URL may name any host. goTest stands
// for `go test`.
func ExampleEnv_Downstream() {
	target := func(keyFor func(*http.Request) string) harness.Target {
		return harness.Handler(func(env *harness.Env) http.Handler {
			return &Orders{bank: env.Downstream("bank", newBank), keyFor: keyFor}
		})
	}
	handedOn := func(r *http.Request) string { return r.Header.Get("Idempotency-Key") }
	fresh := func(*http.Request) string { return rand.Text() }

	goTest(func(t *testing.T) {
		promised, err := contract.Parse("idemcheck.yaml", []byte(orderPromises))
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := scenarios.Named([]string{"lost-answers", "disconnects", "concurrent-duplicates"})
		if err != nil {
			t.Fatal(err)
		}
		suite := harness.Suite{Contract: promised, Scenarios: chosen}
		harness.Check(t, suite, target(handedOn))
		wrong, err := harness.Try(t, suite, target(fresh))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("with fresh keys:", wrong.Found.Violation.Rule)
	})
	// Output:
	// with fresh keys: duplicate-effect
	// PASS
}
