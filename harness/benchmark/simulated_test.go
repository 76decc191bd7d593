package benchmark_test

import (
	"cmp"
	queues "container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// simulation says which history a right idempotent service leaves. Everything follows from Seed.
type simulation struct {
	Case, Clients, Operations, Accounts int
	// Unknown is how many of a thousand operations never get an answer; of the others as many as
	// Lossy lose some on the way.
	Unknown, Lossy int
	Seed           uint64
	// Silent leaves the ledger out; Shuffled lists it in no order.
	Silent, Shuffled bool
}

// simulated is a service in simulated time, with its network and its clients. It knows nothing of
// the rules.
type simulated struct {
	simulation
	dice     *rand.Rand
	now      time.Duration
	queue    moments
	history  *model.History
	balances []int64
	stored   map[string]*model.Answer
	ledger   []model.Effect
	next     []int
}

// moment is when something happens; those of one time happen in the order in which they were
// planned.
type moment struct {
	at    time.Duration
	order int
	do    func()
}

type moments []moment

func (m *moments) Len() int { return len(*m) }
func (m *moments) Less(i, j int) bool {
	a, b := (*m)[i], (*m)[j]
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order)) < 0
}
func (m *moments) Swap(i, j int) { (*m)[i], (*m)[j] = (*m)[j], (*m)[i] }
func (m *moments) Push(v any)    { *m = append(*m, v.(moment)) }
func (m *moments) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

// simulate runs the simulation and returns what a recorder would have seen.
func simulate(of simulation) *model.History {
	s := &simulated{
		simulation: of, dice: rand.New(rand.NewPCG(of.Seed, uint64(of.Case))),
		history: &model.History{
			Case: of.Case, Scenario: "simulated", Seed: of.Seed, Run: 1, Initial: model.State{},
		},
		balances: make([]int64, of.Accounts), stored: map[string]*model.Answer{},
		next: make([]int, of.Clients),
	}
	for a := range s.balances {
		s.balances[a] = int64(1000 * of.Operations)
		s.history.Initial[s.account(a)+".balance"] = s.balances[a]
	}
	for i := range of.Operations {
		s.history.Operations = append(s.history.Operations, s.operation(i))
	}
	for c := range of.Clients {
		s.next[c] = c
		s.after(time.Duration(c)*time.Microsecond, func() { s.begin(c) })
	}
	for s.queue.Len() > 0 {
		first := queues.Pop(&s.queue).(moment)
		s.now = first.at
		first.do()
	}
	s.see(model.Event{Kind: model.Healed})
	s.observe()
	return s.history
}

func (s *simulated) account(a int) string { return fmt.Sprintf("alpha/account-%d", a) }

func (s *simulated) operation(i int) model.Operation {
	account := s.dice.IntN(s.Accounts)
	name, amount, order := s.account(account), 1+s.dice.Int64N(300), int64(1)<<60+int64(i)
	op := model.Operation{
		ID: fmt.Sprintf("o%d", i), Client: i % s.Clients, Type: "charge", Tenant: "alpha",
		Key: fmt.Sprintf("ic-5e12%d-k%d", s.Case, i), KeyStyle: model.KeyPlain, Method: "POST",
		Route: "/v1/charges", Path: "/v1/charges", CorrelationID: fmt.Sprintf("ic-5e12%d-m%d", s.Case, i),
		Args:      map[string]any{"account": name, "amount": amount, "order": order},
		Resources: []string{name}, Attempts: 3,
	}
	op.Body = fmt.Sprintf(`{"account":"ic-5e12-account-%d","amount":%d,"order":%d,"reference":"%s"}`,
		account, amount, order, op.CorrelationID)
	charge := model.Effect{
		Ledger: "effects", Kind: "charge", Resource: name, Key: op.Key, CorrelationID: op.CorrelationID,
		Fields: map[string]any{"amount": amount, "reference": op.CorrelationID},
	}
	receipt := charge
	receipt.Kind, receipt.Fields, receipt.Notification = "receipt", nil, true
	op.Effects = []model.Effect{charge, receipt}
	return op
}

func (s *simulated) after(wait time.Duration, do func()) {
	queues.Push(&s.queue, moment{s.now + wait, len(s.history.Events) + s.queue.Len(), do})
}

func (s *simulated) see(e model.Event) {
	e.At = s.now
	s.history.Events = append(s.history.Events, e)
}

// span draws microseconds below a bound.
func (s *simulated) span(maxSpan int) time.Duration {
	return time.Duration(1+s.dice.IntN(maxSpan)) * time.Microsecond
}

// begin lets a client start its next operation.
func (s *simulated) begin(client int) {
	i := s.next[client]
	if i >= s.Operations {
		return
	}
	s.next[client] += s.Clients
	losses := 0
	switch p := s.dice.IntN(1000); {
	case p < s.Unknown:
		losses = 3
	case p < s.Unknown+s.Lossy:
		losses = 1 + s.dice.IntN(2)
	}
	s.attempt(&s.history.Operations[i], 1, losses)
}

// attempt makes one attempt; the first losses of an operation's three lose request or answer.
func (s *simulated) attempt(op *model.Operation, n, losses int) {
	s.see(model.Event{Kind: model.Invoke, Operation: op.ID, Attempt: n})
	if n > losses {
		s.after(s.span(300), func() {
			s.serve(op, n, func(a *model.Answer) { s.end(op, n, losses, a) })
		})
		return
	}
	planned := fault.Fault{Kind: fault.RequestLost, Mode: fault.BlackHole, Operation: op.ID, Attempt: n}
	unheard := func() { s.serve(op, n, func(*model.Answer) {}) }
	switch s.dice.IntN(3) {
	case 0:
		planned.Kind = fault.ResponseLost
		s.after(s.span(300), unheard)
	case 1:
		planned.Kind, planned.Mode = fault.LateArrival, ""
		planned.Span = value.Duration(250*time.Millisecond + s.span(2_000_000))
		s.after(planned.Span.Std(), unheard)
	}
	s.see(model.Event{
		Kind: model.FaultReported, Operation: op.ID, Attempt: n, Fault: &planned, Fired: true,
		Detail: "0 bytes passed",
	})
	s.after(200*time.Millisecond, func() { s.end(op, n, losses, nil) })
}

// serve is the service: it works, executes a key once and stores its answer.
func (s *simulated) serve(op *model.Operation, n int, answered func(*model.Answer)) {
	s.see(model.Event{
		Kind: model.Sent, Operation: op.ID, Attempt: n, Hit: 1, Complete: true, Bytes: 298,
	})
	s.after(s.span(2000), func() {
		a := s.stored[op.Key]
		if a == nil {
			a = s.execute(op)
			s.stored[op.Key] = a
		} else {
			replay := *a
			replay.ReplayMarker = true
			a = &replay
		}
		s.see(model.Event{Kind: model.Answered, Operation: op.ID, Attempt: n, Hit: 1, Answer: a})
		s.after(s.span(300), func() { answered(a) })
	})
}

func (s *simulated) execute(op *model.Operation) *model.Answer {
	var account int
	_, _ = fmt.Sscanf(op.Resources[0], "alpha/account-%d", &account)
	amount := op.Args["amount"].(int64)
	s.balances[account] -= amount
	s.ledger = append(s.ledger, op.Effects...)
	id := fmt.Sprintf("ch_%08d", len(s.stored))
	return &model.Answer{
		Status: 201, Headers: map[string]string{"Location": "/v1/charges/" + id},
		Body: fmt.Sprintf(`{"id":"%s","account":"ic-5e12-account-%d","amount":%d,"order":%d,`+
			`"reference":"%s","balance":%d}`+"\n",
			id, account, amount, op.Args["order"], op.CorrelationID, s.balances[account]),
	}
}

// end is the client's end of an attempt.
func (s *simulated) end(op *model.Operation, n, losses int, a *model.Answer) {
	e := model.Event{Kind: model.Return, Operation: op.ID, Attempt: n, Answer: a}
	if a == nil {
		e.Err = "timeout"
	}
	s.see(e)
	if a == nil && n < 3 {
		s.after(s.span(5000), func() { s.attempt(op, n+1, losses) })
		return
	}
	s.after(s.span(500), func() { s.begin(op.Client) })
}

// observe lists the ledger and the balances, and looks up what was acknowledged.
func (s *simulated) observe() {
	for _, op := range s.history.Operations {
		if a := s.stored[op.Key]; a != nil {
			s.see(model.Event{
				Kind: model.LookedUp, Operation: op.ID, Value: value.Field(a.Body, "id"), Exists: true,
			})
		}
	}
	if s.Shuffled {
		s.dice.Shuffle(len(s.ledger), func(i, j int) {
			s.ledger[i], s.ledger[j] = s.ledger[j], s.ledger[i]
		})
	}
	for i := range s.ledger {
		if !s.Silent {
			item := s.ledger[i]
			item.Notification, item.ID = false, fmt.Sprintf("e%d", i)
			s.see(model.Event{Kind: model.Listed, Effect: &item})
		}
	}
	for a, balance := range s.balances {
		s.see(model.Event{Kind: model.Observed, Name: s.account(a) + ".balance", Value: balance})
	}
}
