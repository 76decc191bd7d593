// Package shop is a small service with one kind of payment, for tests of the adapters.
package shop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// KeyHandling says how the shop treats keys.
type KeyHandling int

// The kinds of shops.
const (
	// Honest pays once for a key.
	Honest KeyHandling = iota
	// Forgetful pays again when the same key comes back.
	Forgetful
)

const promises = `
version: 1
name: shop
target: {url: "http://shop.test", timeout: 100ms}
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

// Contract is what a shop promises.
func Contract(tb testing.TB) *model.Contract {
	tb.Helper()
	c, err := contract.Parse("shop.yaml", []byte(promises))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// Target makes a target of a shop.
func Target(kind KeyHandling) harness.Target {
	return harness.Handler(func(*harness.Env) http.Handler {
		s := &shop{kind: kind, open: make(chan *orders, 1)}
		s.open <- &orders{keys: map[string]payment{}}
		return s
	})
}

type payment struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
}

type orders struct {
	payments []payment
	keys     map[string]payment
}

type shop struct {
	kind KeyHandling
	// open holds the orders; who works takes them. A mutex would stop virtual time.
	open chan *orders
}

// ServeHTTP implements [http.Handler].
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b := <-s.open
	defer func() { s.open <- b }()
	if r.Method == http.MethodGet {
		answer(w, http.StatusOK, append([]payment{}, b.payments...))
		return
	}
	var asked payment
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	<-time.After(time.Millisecond) // work, in virtual time
	p := s.pay(b, r.Header.Get("Idempotency-Key"), asked.Reference)
	if p.Reference != asked.Reference {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	answer(w, http.StatusCreated, p)
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that has left will ask again
}

// pay enters a payment, or finds it.
func (s *shop) pay(b *orders, key, reference string) payment {
	if p, ok := b.keys[key]; ok && s.kind == Honest {
		return p
	}
	p := payment{fmt.Sprintf("p%d", len(b.payments)), "payment", reference}
	b.payments = append(b.payments, p)
	b.keys[key] = p
	return p
}
