package detect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// service keeps the promises of a dialect: it is made of them and of nothing that detects them. What
// they leave open it does as most services do.
type service struct {
	key      model.Key
	promises model.Promises
	mu       sync.Mutex
	// All are protected by mu.
	made     int
	balance  map[string]int
	records  map[string]*record
	requests int
}

// record is what is kept of a key; a nil answer is of one that is at work.
type record struct {
	request []byte
	answer  *reply
}

type reply struct {
	status int
	fields map[string]any
}

func newService(k model.Key, p model.Promises) *service {
	return &service{key: k, promises: p, balance: map[string]int{}, records: map[string]*record{}}
}

// ServeHTTP makes accounts, and takes from them what is asked for.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	var in map[string]any
	if json.Unmarshal(body, &in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/accounts" {
		s.mu.Lock()
		s.made++
		id := fmt.Sprint("account-", s.made)
		s.balance[id] = 1000
		s.mu.Unlock()
		write(w, reply{http.StatusCreated, map[string]any{"id": id}})
		return
	}
	key, refusal := s.keyOf(r, in)
	if refusal != 0 {
		write(w, reply{refusal, nil})
		return
	}
	if key == "" {
		write(w, s.execute(in))
		return
	}
	s.once(w, s.scoped(r, key), body, in)
}

// keyOf is the key of a request, or the status with which it is refused.
func (s *service) keyOf(r *http.Request, in map[string]any) (key string, refusal int) {
	lines := r.Header.Values(s.key.Header)
	if text, has := in["idempotency_key"].(string); has && s.key.Header == "" {
		lines = []string{text}
	}
	if len(lines) == 0 {
		if s.key.IsRequired() {
			return "", first(s.promises.Missing, 400)
		}
		return "", 0
	}
	key = lines[0]
	if s.key.IsQuoted() {
		if len(key) < 3 || key[0] != '"' || key[len(key)-1] != '"' {
			return "", first(s.promises.Malformed, 400)
		}
		key = key[1 : len(key)-1]
	}
	if key == "" || !s.key.Fits(key) {
		return "", first(s.promises.Malformed, 400)
	}
	return key, 0
}

// scoped is what a key is kept under.
func (s *service) scoped(r *http.Request, key string) string {
	out := key
	if len(s.key.Scope) == 0 || slices.Contains(s.key.Scope, "tenant") {
		out += " " + r.Header.Get("Authorization")
	}
	if slices.Contains(s.key.Scope, "route") {
		out += " " + r.URL.Path
	}
	return out
}

// once executes what came under a key for the first time.
func (s *service) once(w http.ResponseWriter, key string, body []byte, in map[string]any) {
	var known record
	s.mu.Lock()
	r := s.records[key]
	if r == nil {
		s.records[key] = &record{request: body}
	} else {
		known = *r
	}
	s.mu.Unlock()
	switch {
	case r == nil:
		write(w, s.kept(key, in))
	case known.answer == nil:
		write(w, reply{first(s.promises.InFlight, 409), nil})
	case !bytes.Equal(known.request, body) && s.promises.MismatchAnswer == "replayed":
		s.replay(w, known.answer)
	case !bytes.Equal(known.request, body):
		write(w, reply{first(s.promises.Mismatch, 422), nil})
	default:
		s.replay(w, known.answer)
	}
}

// kept executes, and keeps the answer unless it is a refusal that is not stored.
func (s *service) kept(key string, in map[string]any) reply {
	out := s.execute(in)
	s.mu.Lock()
	defer s.mu.Unlock()
	if out.status >= 400 && s.promises.Errors == "executed" {
		delete(s.records, key)
	} else {
		s.records[key].answer = &out
	}
	return out
}

// execute takes time, and an amount from an account.
func (s *service) execute(in map[string]any) reply {
	time.Sleep(5 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	account, amount := fmt.Sprint(in["account"]), int(in["amount"].(float64))
	if s.balance[account] < amount {
		return reply{http.StatusPaymentRequired, nil}
	}
	s.made++
	s.balance[account] -= amount
	return reply{http.StatusCreated, map[string]any{
		"id": fmt.Sprint("charge-", s.made), "account": account, "balance": s.balance[account],
	}}
}

// replay answers as a repeat is answered.
func (s *service) replay(w http.ResponseWriter, was *reply) {
	out := reply{was.status, maps.Clone(was.fields)}
	s.mu.Lock()
	m := s.promises.ReplayMarker
	s.mu.Unlock()
	if m != nil {
		w.Header().Set(m.Header, m.Value)
	}
	if out.fields != nil && slices.Contains(s.promises.ReplayIgnore, "replayed") {
		out.fields["replayed"] = true
	}
	switch s.promises.Replay {
	case "acknowledgement":
		out = reply{first(s.promises.Done, 200), nil}
	case "current-state", "same-status":
		s.mu.Lock()
		if out.fields != nil {
			out.fields["balance"] = s.balance[fmt.Sprint(out.fields["account"])]
		}
		s.mu.Unlock()
	}
	write(w, out)
}

func first(list []int, otherwise int) int {
	if len(list) > 0 {
		return list[0]
	}
	return otherwise
}

func write(w http.ResponseWriter, r reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	if r.fields == nil {
		r.fields = map[string]any{"status": r.status}
	}
	_ = json.NewEncoder(w).Encode(r.fields)
}

// tired is a service that answers too late after a few requests.
type tired struct {
	*service
	after int
}

// ServeHTTP implements [http.Handler].
func (s tired) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := s.requests
	s.mu.Unlock()
	if n >= s.after {
		time.Sleep(15 * time.Second) // of virtual time
	}
	s.service.ServeHTTP(w, r)
}

// soldOut is a service that refuses everything after a few operations, by a status that no contract
// declares.
type soldOut struct{ *service }

// ServeHTTP implements [http.Handler].
func (s soldOut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := s.requests
	s.mu.Unlock()
	if n >= 7 && r.URL.Path != "/accounts" {
		write(w, reply{http.StatusConflict, nil})
		return
	}
	s.service.ServeHTTP(w, r)
}

// talkative is a service that says again who called it, in all that is looked at.
type talkative struct{ *service }

// ServeHTTP implements [http.Handler].
func (s talkative) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.promises.ReplayMarker = &model.ReplayMarker{
		Header: "Idempotent-Replayed", Value: "true for " + r.Header.Get("Authorization"),
	}
	s.mu.Unlock()
	s.service.ServeHTTP(w, r)
}

// told is a contract that says how to send something, and nothing of keys.
func told(k model.Key) string {
	key := ""
	if k.Header == "" {
		key = `, idempotency_key: "{key}"`
	}
	return strings.ReplaceAll(`version: 1
target: {url: "http://in.memory", max_rate: 1000000}
tenants:
  alpha: {headers: {Authorization: alpha}}
  beta: {headers: {Authorization: beta}}
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}"}, ok: [201]}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {min: 1, max: 300}}
    body: {account: "{account}", amount: "{amount}", reference: "{mark}" KEY}
    ok: [201]
    refused: [402]
    answer: {identity: id}
    effects: [{ledger: all}]
  fee:
    path: /fees
    args: {account: {resource: account}, amount: {min: 1, max: 2}}
    body: {account: "{account}", amount: "{amount}", reference: "{mark}" KEY}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: all}]
ledgers:
  all: {path: /all, mark: reference}
`, " KEY", key)
}
