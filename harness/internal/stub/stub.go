// Package stub is a small right service, and a world that carries attempts to it without a network:
// what tests of the rooms of harness run cases against.
package stub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// Promises is the contract of the stub below.
const Promises = `
version: 1
name: stub
target: {url: "http://stub.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false, required: true, max_length: 64}
promises:
  missing: [400]
  mismatch: [422]
  transient: [503]
  replay: same-body
  errors: replayed
resources:
  account:
    create: {path: /accounts, body: {id: "{unique}"}, ok: [201]}
    id: id
    read: {path: "/accounts/{id}"}
    state: {balance: {field: balance, initial: 1000}}
operations:
  charge:
    path: /charges
    args:
      account: {resource: account}
      amount: {min: 1, max: 9}
    body: {account: "{account}", amount: "{amount}", reference: "{mark}"}
    ok: [201]
    refused: [402]
    answer: {identity: id, lookup: "/charges/{identity}"}
    when: account.balance >= amount
    then: {account.balance: account.balance - amount}
    effects: [{ledger: book, kind: charge, resource: account, fields: {amount: amount}}]
ledgers:
  book:
    path: "/book?account={id}"
    per: account
    items: items
    key: key
    mark: reference
    kind: kind
    id: id
`

// Contract parses the stub's contract; change may change it first.
func Contract(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("stub.yaml", []byte(Promises))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// entry is a ledger item of the stub.
type entry struct {
	Account   string `json:"account"`
	Key       string `json:"key"`
	Reference string `json:"reference"`
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	Amount    int64  `json:"amount"`
	at        time.Time
}

// Reply is a stored answer of the stub, and the payload that it was given to.
type Reply struct {
	Status  int
	Body    string
	Payload string
	// Wait is how many seconds the answer asks to wait (Retry-After); zero asks for nothing.
	Wait int
}

// Payments is an idempotent service in memory. Its zero hooks make it a right one.
type Payments struct {
	// Answer may answer a message instead of the service; nil answers nothing.
	Answer func(r *http.Request) *Reply
	// Opens books an entry when an account is made; Lag is how long entries take to be listed.
	Opens bool
	Lag   time.Duration

	// Mu protects all below.
	Mu       sync.Mutex
	Balances map[string]int64
	Book     []entry
	Stored   map[string]Reply
	keys     []string
}

// New opens a service without accounts.
func New() *Payments {
	return &Payments{Balances: map[string]int64{}, Stored: map[string]Reply{}}
}

// Forget loses a key, so that a retry executes again.
func (s *Payments) Forget(key string) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	delete(s.Stored, key)
}

// Held returns what is stored under a key, and whether something is.
func (s *Payments) Held(key string) (Reply, bool) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	held, found := s.Stored[key]
	return held, found
}

// Seen lists the keys of the charges that arrived.
func (s *Payments) Seen() []string {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	return append([]string{}, s.keys...)
}

// ServeHTTP implements [http.Handler].
func (s *Payments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := s.scripted(r)
	if out == nil {
		s.Mu.Lock()
		defer s.Mu.Unlock()
		out = s.Serve(r)
	}
	if out.Wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(out.Wait))
	}
	w.WriteHeader(out.Status)
	_, _ = w.Write([]byte(out.Body)) // a recorder never fails
}

func (s *Payments) scripted(r *http.Request) *Reply {
	if s.Answer == nil {
		return nil
	}
	return s.Answer(r)
}

// Serve answers a message as the right service does. The caller holds Mu.
func (s *Payments) Serve(r *http.Request) *Reply {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/accounts":
		return s.account(r)
	case r.Method == http.MethodPost:
		return s.charge(r)
	case r.URL.Path == "/book":
		return s.list(r.URL.Query().Get("account"))
	case strings.HasPrefix(r.URL.Path, "/charges/"):
		return &Reply{Status: 200, Body: `{}`}
	}
	id := strings.TrimPrefix(r.URL.Path, "/accounts/")
	return &Reply{Status: 200, Body: fmt.Sprintf(`{"balance":%d}`, s.Balances[id])}
}

func (s *Payments) account(r *http.Request) *Reply {
	var in struct {
		ID string `json:"id"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		return &Reply{Status: 400}
	}
	s.Balances[in.ID] = 1000
	if s.Opens {
		s.Book = append(s.Book, entry{Account: in.ID, Kind: "charge", ID: "opening", at: time.Now()})
	}
	return &Reply{Status: 201, Body: fmt.Sprintf(`{"id":%q}`, in.ID)}
}

func (s *Payments) charge(r *http.Request) *Reply {
	var payload bytes.Buffer
	_, _ = payload.ReadFrom(r.Body) // bodies are in memory
	key := r.Header.Get("Idempotency-Key")
	s.keys = append(s.keys, key)
	old, found := s.Stored[key]
	switch {
	case key == "":
		return &Reply{Status: 400}
	case found && old.Payload != payload.String():
		return &Reply{Status: 422}
	case found:
		return &old
	}
	var in entry
	if json.Unmarshal(payload.Bytes(), &in) != nil {
		return &Reply{Status: 400}
	}
	in.Key, in.Kind, in.ID, in.at = key, "charge", fmt.Sprintf("c-%d", len(s.Book)), time.Now()
	s.Book = append(s.Book, in)
	s.Balances[in.Account] -= in.Amount
	s.Stored[key] = Reply{
		Status: 201, Body: fmt.Sprintf(`{"id":%q}`, in.ID), Payload: payload.String(),
	}
	out := s.Stored[key]
	return &out
}

// list shows the entries of an account, or all of them.
func (s *Payments) list(account string) *Reply {
	shown := []entry{}
	for _, e := range s.Book {
		if time.Since(e.at) >= s.Lag && (account == "" || e.Account == account) {
			shown = append(shown, e)
		}
	}
	out, err := json.Marshal(map[string][]entry{"items": shown})
	if err != nil {
		return &Reply{Status: 500}
	}
	return &Reply{Status: 200, Body: string(out)}
}

// Direct hands messages to a handler without a network.
type Direct struct{ http.Handler }

// RoundTrip implements [http.RoundTripper].
func (d Direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}
