package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// stubPromises is the contract of the stub below.
const stubPromises = `
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

// stubContract parses the stub's contract; change may change it first.
func stubContract(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("stub.yaml", []byte(stubPromises))
	require.NoError(t, err)
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

// reply is a stored answer of the stub, and the payload that it was given to.
type reply struct {
	status  int
	body    string
	payload string
}

// stub is an idempotent service in memory. Its zero hooks make it a right one.
type stub struct {
	// answer may answer a message instead of the service; nil answers nothing.
	answer func(r *http.Request) *reply
	// opens books an entry when an account is made; lag is how long entries take to be listed.
	opens bool
	lag   time.Duration

	mu sync.Mutex
	// All below are protected by mu.
	balances map[string]int64
	book     []entry
	stored   map[string]reply
	keys     []string
}

func newStub() *stub {
	return &stub{balances: map[string]int64{}, stored: map[string]reply{}}
}

// forget loses a key, so that a retry executes again.
func (s *stub) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.stored, key)
}

// seen lists the keys of the charges that arrived.
func (s *stub) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.keys...)
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := s.scripted(r)
	if out == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		out = s.serve(r)
	}
	w.WriteHeader(out.status)
	_, _ = w.Write([]byte(out.body)) // a recorder never fails
}

func (s *stub) scripted(r *http.Request) *reply {
	if s.answer == nil {
		return nil
	}
	return s.answer(r)
}

func (s *stub) serve(r *http.Request) *reply {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/accounts":
		return s.account(r)
	case r.Method == http.MethodPost:
		return s.charge(r)
	case r.URL.Path == "/book":
		return s.list(r.URL.Query().Get("account"))
	case strings.HasPrefix(r.URL.Path, "/charges/"):
		return &reply{status: 200, body: `{}`}
	}
	id := strings.TrimPrefix(r.URL.Path, "/accounts/")
	return &reply{status: 200, body: fmt.Sprintf(`{"balance":%d}`, s.balances[id])}
}

func (s *stub) account(r *http.Request) *reply {
	var in struct{ ID string }
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		return &reply{status: 400}
	}
	s.balances[in.ID] = 1000
	if s.opens {
		s.book = append(s.book, entry{Account: in.ID, Kind: "charge", ID: "opening", at: time.Now()})
	}
	return &reply{status: 201, body: fmt.Sprintf(`{"id":%q}`, in.ID)}
}

func (s *stub) charge(r *http.Request) *reply {
	var payload bytes.Buffer
	_, _ = payload.ReadFrom(r.Body) // bodies are in memory
	key := r.Header.Get("Idempotency-Key")
	s.keys = append(s.keys, key)
	old, found := s.stored[key]
	switch {
	case key == "":
		return &reply{status: 400}
	case found && old.payload != payload.String():
		return &reply{status: 422}
	case found:
		return &old
	}
	var in entry
	if json.Unmarshal(payload.Bytes(), &in) != nil {
		return &reply{status: 400}
	}
	in.Key, in.Kind, in.ID, in.at = key, "charge", fmt.Sprintf("c-%d", len(s.book)), time.Now()
	s.book = append(s.book, in)
	s.balances[in.Account] -= in.Amount
	s.stored[key] = reply{201, fmt.Sprintf(`{"id":%q}`, in.ID), payload.String()}
	out := s.stored[key]
	return &out
}

// list shows the entries of an account, or all of them.
func (s *stub) list(account string) *reply {
	shown := []entry{}
	for _, e := range s.book {
		if time.Since(e.at) >= s.lag && (account == "" || e.Account == account) {
			shown = append(shown, e)
		}
	}
	out, _ := json.Marshal(map[string]any{"items": shown}) // plain data
	return &reply{status: 200, body: string(out)}
}

// direct hands messages to a handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// sending is one attempt as the fake world saw it.
type sending struct {
	chaos.Attempt
	at  time.Duration
	key string
}

// fakeWorld carries attempts to a handler without a network. Response-lost and request-lost lose
// what they say, every other fault only fires.
type fakeWorld struct {
	service http.Handler
	// carry, when set, carries attempts instead; lost is told of every attempt whose answer is lost;
	// hears is recorded with every attempt.
	carry func(ctx context.Context, a chaos.Attempt) chaos.Outcome
	lost  func(a chaos.Attempt, key string)
	hears []model.Event
	// fires tells whether a fault fires (nil: all do); mute reports no faults at all.
	fires func(f model.Fault) bool
	mute  bool
	// refuses is an error of Expresses; stuck is one of Drain.
	refuses, stuck error
	begun          time.Time

	mu sync.Mutex
	// All below are protected by mu.
	sent           []sending
	open, most     int
	opened, healed int
}

func (w *fakeWorld) Expresses(model.Fault) error { return w.refuses }

func (w *fakeWorld) Close() error { return nil }

func (w *fakeWorld) Open(c chaos.Case) chaos.Net {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.opened++
	w.most = max(w.most, w.open)
	return &fakeNet{world: w, Case: c}
}

// count returns how many nets were opened, healed, are open, and were at most open at once.
func (w *fakeWorld) count() (opened, healed, open, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened, w.healed, w.open, w.most
}

// attempts lists what was sent.
func (w *fakeWorld) attempts() []sending {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sending{}, w.sent...)
}

// fakeNet is the network of one case.
type fakeNet struct {
	chaos.Case
	world *fakeWorld
}

func (n *fakeNet) Heal() {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	n.world.healed++
}

func (n *fakeNet) Drain(context.Context) error { return n.world.stuck }

func (n *fakeNet) Close() {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	n.world.open--
}

func (n *fakeNet) Attempt(ctx context.Context, a chaos.Attempt) chaos.Outcome {
	w := n.world
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(bytes.Clone(a.Head), a.Payload...))))
	if err != nil {
		return chaos.Outcome{Err: err.Error()}
	}
	key := req.Header.Get("Idempotency-Key")
	w.mu.Lock()
	w.sent = append(w.sent, sending{a, time.Since(w.begun), key})
	w.mu.Unlock()
	loses := n.strike(a)
	for _, e := range w.hears {
		n.Record(e)
	}
	if w.carry != nil {
		return w.carry(ctx, a)
	}
	if loses == model.RequestLost {
		return chaos.Outcome{Err: "eof"}
	}
	out := n.deliver(a, req)
	if loses != model.ResponseLost {
		return out
	}
	if w.lost != nil {
		w.lost(a, key)
	}
	return chaos.Outcome{Err: "eof"}
}

// strike reports the faults that begin at an attempt and returns the last one that loses something.
func (n *fakeNet) strike(a chaos.Attempt) (loses model.FaultKind) {
	for _, f := range n.Faults {
		if a.Final || f.Operation != a.Operation || f.Attempt != a.Number || n.world.mute {
			continue
		}
		fired := n.world.fires == nil || n.world.fires(f)
		n.Record(model.Event{
			Kind: model.Struck, Operation: a.Operation, Attempt: a.Number, Fault: &f, Fired: fired,
		})
		if fired && (f.Kind == model.ResponseLost || f.Kind == model.RequestLost) {
			loses = f.Kind
		}
	}
	return loses
}

// deliver hands an attempt to the service.
func (n *fakeNet) deliver(a chaos.Attempt, req *http.Request) chaos.Outcome {
	e := model.Event{Operation: a.Operation, Attempt: a.Number, Hit: 1, Final: a.Final, Complete: true}
	e.Kind = model.Sent
	n.Record(e)
	w := httptest.NewRecorder()
	n.world.service.ServeHTTP(w, req)
	e.Kind, e.Answer = model.Answered, n.Interpret(w.Code, w.Header(), w.Body.Bytes())
	n.Record(e)
	return chaos.Outcome{Answer: e.Answer}
}

// bench is a stub behind a fake world, and options to run it with.
type bench struct {
	*stub
	world *fakeWorld
	Options
}

// newBench sets a bench up for a plan of some cases.
func newBench(c *model.Contract, cases ...model.Case) *bench {
	s := newStub()
	w := &fakeWorld{service: s, begun: time.Now()}
	for i := range cases {
		cases[i].Index = i
	}
	return &bench{s, w, Options{
		Contract: c, World: w, HTTP: direct{s}, Plan: &model.Plan{Cases: cases},
	}}
}

// once runs the first case of the plan once.
func (b *bench) once(t testing.TB) (*model.History, model.Verdict) {
	t.Helper()
	r, err := newRunner(b.Options)
	require.NoError(t, err)
	o := r.runCase(context.Background(), b.Plan.Cases[0], repetition{1, 1})
	return o.history, o.verdict
}

// charging is a case of one charge with some attempts and faults.
func charging(attempts []model.PlannedAttempt, faults ...model.Fault) model.Case {
	return model.Case{
		Scenario:  "test",
		Resources: []model.Resource{{Name: "account-1", Type: "account"}},
		Operations: []model.PlannedOperation{{
			ID: "a", Type: "charge", Mark: "m1", Attempts: attempts,
			Key:  model.KeyPlan{Name: "k1", Style: model.KeyPlain},
			Args: map[string]any{"account": "account-1", "amount": int64(5)},
		}},
		Faults: faults,
	}
}

// milliseconds is a number of them as plans write it.
func milliseconds(n int) model.Duration { return model.Duration(time.Duration(n) * time.Millisecond) }
