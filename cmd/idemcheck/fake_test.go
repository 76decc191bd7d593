package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// literal is a secret that somebody wrote right into a contract.
const literal = "literal-secret-9f2c"

// flaws are what is wrong with an endpoint; the zero value is right.
type flaws struct {
	// ignoresKeys executes every repeat.
	ignoresKeys bool
	// keyless executes what has no key, each time.
	keyless bool
	// ledger answers instead of the ledger.
	ledger string
	// status answers everything.
	status int
	// takes is for how long it works on a payment.
	takes time.Duration
}

// payments is a minimal payment endpoint such as a team has: accounts, payments, a list of them.
type payments struct {
	flaws
	mu sync.Mutex
	// accounts, made and answers are protected by mu; answers are by key.
	accounts map[string]int
	made     []payment
	answers  map[string]stored
}

type payment struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Amount    int    `json:"amount"`
	Reference string `json:"reference"`
	Key       string `json:"key"`
	Balance   int    `json:"balance"`
}

// stored is an answer as it was first given.
type stored struct {
	sent, body string
	status     int
}

// servePayments serves an endpoint and returns its URL.
func servePayments(t *testing.T, f flaws) string {
	t.Helper()
	server := httptest.NewServer(newPayments(f))
	t.Cleanup(server.Close)
	return server.URL
}

func newPayments(f flaws) *payments {
	return &payments{flaws: f, accounts: map[string]int{}, answers: map[string]stored{}}
}

func (p *payments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a body that broke off is nobody's payment
	}
	w.Header().Set("Set-Cookie", "session="+literal)
	status := p.status
	if r.Header.Get("Authorization") != "Bearer "+literal {
		status = http.StatusUnauthorized
	}
	if status != 0 {
		http.Error(w, `{"error": "who are you?"}`, status)
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == "/payments" {
		<-time.After(p.takes)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method == http.MethodGet {
		p.read(w, r)
		return
	}
	p.once(w, r, string(body))
}

// once executes an attempt, or repeats what its key has been answered.
func (p *payments) once(w http.ResponseWriter, r *http.Request, body string) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" && p.keyless {
		status, answer := p.execute(r.URL.Path, key, body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer) // as below
		return
	}
	if key == "" || len(key) > 255 {
		http.Error(w, `{"error": "no key, or too long a one"}`, http.StatusBadRequest)
		return
	}
	sent := r.URL.Path + body
	first, known := p.answers[key]
	if known && first.sent != sent && !p.ignoresKeys {
		http.Error(w, `{"error": "another payload"}`, http.StatusBadRequest)
		return
	}
	if known && !p.ignoresKeys {
		w.Header().Set("Idempotent-Replayed", "true")
	} else {
		first = stored{sent: sent}
		first.status, first.body = p.execute(r.URL.Path, key, body)
		p.answers[key] = first
	}
	w.WriteHeader(first.status)
	_, _ = io.WriteString(w, first.body) // a client that has gone repeats
}

// execute makes an account or a payment.
func (p *payments) execute(path, key, body string) (status int, answer string) {
	now := payment{ID: fmt.Sprintf("p%d", len(p.made)), Key: key}
	if err := json.Unmarshal([]byte(body), &now); err != nil {
		return http.StatusBadRequest, `{"error": "not JSON"}`
	}
	if path == "/accounts" {
		id := fmt.Sprintf("acc%d", len(p.accounts))
		p.accounts[id] = now.Balance
		return http.StatusCreated, fmt.Sprintf(`{"id": %q}`, id)
	}
	if p.accounts[now.Account] < now.Amount {
		return http.StatusPaymentRequired, `{"error": "not enough"}`
	}
	p.accounts[now.Account] -= now.Amount
	now.Balance = p.accounts[now.Account]
	p.made = append(p.made, now)
	return http.StatusCreated, encoded(now)
}

// read shows an account or the payments that were made on one.
func (p *payments) read(w http.ResponseWriter, r *http.Request) {
	if id, ok := strings.CutPrefix(r.URL.Path, "/accounts/"); ok {
		_, _ = fmt.Fprintf(w, `{"balance": %d}`, p.accounts[id]) // as above
		return
	}
	if p.ledger != "" {
		_, _ = io.WriteString(w, p.ledger)
		return
	}
	list := []payment{}
	for _, one := range p.made {
		if one.Account == r.URL.Query().Get("account") {
			list = append(list, one)
		}
	}
	_, _ = io.WriteString(w, encoded(map[string]any{"payments": list}))
}

func encoded(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// minimal is the contract of that endpoint.
const minimal = `version: 1
name: minimal payments
target:
  url: http://127.0.0.1:9
  timeout: 500ms
  headers: {Authorization: "Bearer literal-secret-9f2c"}
dialect: stripe
key: {required: true}
promises: {missing: [400]}
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}", balance: 1000}, ok: [201]}
    id: id
    read: {path: "/accounts/{id}"}
    state:
      balance: {field: balance, initial: 1000}
operations:
  payment:
    path: /payments
    args:
      account: {resource: account}
      amount: {min: 1, max: 300}
    body: {account: "{account}", amount: "{amount}", reference: "{mark}"}
    ok: [201]
    refused: [402]
    answer:
      identity: id
      fields: {amount: amount, reference: mark, balance: account.balance}
    when: account.balance >= amount
    then:
      account.balance: account.balance - amount
    effects:
      - {ledger: payments, resource: account, fields: {amount: amount}}
ledgers:
  payments:
    path: /payments?account={id}
    per: account
    items: payments
    key: key
    mark: reference
    id: id
`

// spoilt returns the contract with one piece replaced.
func spoilt(t *testing.T, old, replacement string) string {
	t.Helper()
	out := strings.Replace(minimal, old, replacement, 1)
	if out == minimal {
		t.Fatalf("the contract has no %q", old)
	}
	return out
}
