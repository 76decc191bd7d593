// Package replicas holds tests that run a service of two replicas, in memory and over TCP.
package replicas

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// books are what both replicas keep in one place, as in a database.
type books struct {
	// work is how long a charge takes.
	work time.Duration
	mu   sync.Mutex
	// made counts accounts, and charges are those that were made. Both are protected by mu.
	made    int
	charges []charge
	// keys and locks are those of a service that has them there.
	keys  keys
	locks locks
}

type charge struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Amount  int    `json:"amount"`
	Note    string `json:"note"`
	Key     string `json:"key"`
}

// keys remember what was answered under a key.
type keys struct {
	mu sync.Mutex
	// answers are protected by mu.
	answers map[string]string
}

func (k *keys) answer(key string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.answers[key]
}

func (k *keys) keep(key, answer string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.answers == nil {
		k.answers = map[string]string{}
	}
	k.answers[key] = answer
}

// locks let one request of a key in at a time.
type locks struct {
	mu sync.Mutex
	// turns are protected by mu.
	turns map[string]chan struct{}
}

// enter waits for the turn of a key, and returns what ends it.
func (l *locks) enter(key string) (leave func()) {
	l.mu.Lock()
	if l.turns == nil {
		l.turns = map[string]chan struct{}{}
	}
	if l.turns[key] == nil {
		l.turns[key] = make(chan struct{}, 1)
	}
	turn := l.turns[key]
	l.mu.Unlock()
	turn <- struct{}{}
	return func() { <-turn }
}

// sharing is what replicas have together besides their books.
type sharing string

const (
	everything sharing = "locks and keys"
	keysAlone  sharing = "keys, and each has locks of its own"
	nothing    sharing = "nothing"
)

// replica is one instance of the service.
type replica struct {
	books *books
	keys  *keys
	locks *locks
}

// newReplica makes an instance over books that others have too.
func newReplica(b *books, shares sharing) *replica {
	out := &replica{b, &b.keys, &b.locks}
	if shares != everything {
		out.locks = &locks{}
	}
	if shares == nothing {
		out.keys = &keys{}
	}
	return out
}

// ServeHTTP implements [http.Handler].
func (r *replica) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.Method == http.MethodPost && req.URL.Path == "/accounts":
		r.books.mu.Lock()
		r.books.made++
		id := fmt.Sprint("acc", r.books.made)
		r.books.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":%q}`, id)
	case req.Method == http.MethodPost:
		r.charge(w, req)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"items": r.books.of(req.URL.Query().Get("account"))})
	}
}

func (b *books) of(account string) []charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []charge{}
	for _, c := range b.charges {
		if c.Account == account {
			out = append(out, c)
		}
	}
	return out
}

// charge executes once for each key that it knows.
func (r *replica) charge(w http.ResponseWriter, req *http.Request) {
	var c charge
	c.Key = strings.Trim(req.Header.Get("Idempotency-Key"), `"`)
	if err := json.NewDecoder(req.Body).Decode(&c); err != nil || c.Key == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer r.locks.enter(c.Key)()
	answer := r.keys.answer(c.Key)
	if answer == "" {
		time.Sleep(r.books.work)
		r.books.mu.Lock()
		c.ID = fmt.Sprint("ch", len(r.books.charges)+1)
		r.books.charges = append(r.books.charges, c)
		r.books.mu.Unlock()
		answer = fmt.Sprintf(`{"id":%q}`, c.ID)
		r.keys.keep(c.Key, answer)
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(answer))
}

const promised = `
version: 1
target: {url: http://127.0.0.1:1, timeout: 200ms}
key: {header: Idempotency-Key, required: true}
promises: {missing: [400]}
resources:
  account:
    create: {path: /accounts}
    id: id
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: charges, resource: account, fields: {amount: amount}}]
ledgers:
  charges: {path: "/charges?account={id}", per: account, items: items, key: key, mark: note, id: id}
`
