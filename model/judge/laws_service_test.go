package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// service is a correct single-execution bank in simulated time, with the network and its
// clients: it knows nothing of the rules. Times are milliseconds.
type service struct {
	world    drawnWorld
	contract *model.Contract
	history  *model.History
	now      int
	queue    []planned
	offset   time.Duration
	state    model.State
	records  map[string]*record
	ledger   []model.Effect
	made     int
}

// planned is something that will happen.
type planned struct {
	at int
	do func()
}

// record is what the service remembers of a key. answer is nil while the first request is at work.
type record struct {
	body    string
	answer  *model.Answer
	at      time.Duration
	waiting []func(*model.Answer)
}

// client drives the attempts of one operation.
type client struct {
	*service
	op      *model.Operation
	plan    []drawnAttempt
	number  int
	settled bool
}

// exchange is one attempt on its way.
type exchange struct {
	*client
	drawnAttempt
	attempt int
	final   bool
	over    bool
	next    int
}

// clientTimeout is when a client gives up on an attempt.
const clientTimeout = 20

// simulate runs a drawn case and returns what was seen.
func simulate(w drawnWorld, ops []drawnOperation) (*model.History, *model.Contract) {
	s := &service{
		world: w, contract: w.contract(), history: &model.History{Initial: model.State{}},
		state: model.State{}, records: map[string]*record{},
	}
	for i := range ops {
		s.history.Operations = append(s.history.Operations, s.operation(ops, i))
	}
	var clients []*client
	for i := range ops {
		c := &client{service: s, op: &s.history.Operations[i], plan: ops[i].Attempts}
		clients = append(clients, c)
		if len(c.plan) == 0 {
			c.plan = []drawnAttempt{{Fate: clean}}
		}
		s.at(ops[i].Start, func() { c.start(0, false) })
	}
	for i, hours := range w.Jumps {
		s.at(30*(i+1), func() { s.jump(time.Duration(hours) * time.Hour) })
	}
	s.run()
	s.see(model.Event{Kind: model.Healed})
	for _, c := range clients {
		if w.Settle && !c.settled {
			c.plan = append(c.plan, drawnAttempt{Fate: clean})
			s.at(s.now+w.Wait, func() { c.start(len(c.plan)-1, true) })
			s.run()
		}
	}
	s.observe()
	return s.history, s.contract
}

// contract is the hand-written one with the drawn promises.
func (w drawnWorld) contract() *model.Contract {
	c := promises()
	c.Key.Required = &w.Required
	c.Promises.Expired = []int{410}
	if !w.Errors {
		c.Promises.Errors = "executed"
	}
	if !w.Marked {
		c.Promises.ReplayMarker = nil
	}
	if w.CurrentState {
		c.Promises.Replay = "current-state"
	}
	if w.Gone {
		c.Promises.AfterRetention = "refused"
	}
	return c
}

// operation binds drawn operation i. Amounts differ, so that no two operations have one payload.
func (s *service) operation(ops []drawnOperation, i int) model.Operation {
	d := ops[i]
	if d.SameKey > 0 && d.SameKey <= i {
		// One key matters between operations of one tenant and route.
		d.Tenant, d.Transfer = ops[d.SameKey-1].Tenant, ops[d.SameKey-1].Transfer
	}
	tenant := []string{"alpha", "beta"}[d.Tenant]
	account := func(n int) string {
		name := tenant + "/" + string(rune('A'+n%3))
		s.history.Initial[name+".balance"] = int64(s.world.Funds)
		s.state[name+".balance"] = int64(s.world.Funds)
		return name
	}
	op := model.Operation{
		ID: string(rune('a' + i)), Client: i, Tenant: tenant, Method: "POST", Type: "charge",
		KeyStyle: model.KeyStyle(d.Style), Key: fmt.Sprintf("k%d", i+1), CorrelationID: fmt.Sprintf("m%d", i+1),
		Args: map[string]any{"amount": int64(5*d.Amount + i%5 + 1)},
	}
	if d.SameKey > 0 && d.SameKey <= i && op.KeyStyle == model.KeyPlain {
		op.Key = fmt.Sprintf("k%d", d.SameKey)
	}
	if op.KeyStyle == model.KeyMissing {
		op.Key = ""
	}
	from := account(d.Account)
	if d.Transfer {
		to := account(d.Account + 1 + d.Other)
		op.Type, op.Args["from"], op.Args["to"] = "transfer", from, to
		op.Resources = []string{from, to}
		op.Effects = []model.Effect{effectOf(&op, "debit", from), effectOf(&op, "credit", to)}
	} else {
		op.Args["account"] = from
		op.Resources = []string{from}
		op.Effects = []model.Effect{effectOf(&op, "charge", from), effectOf(&op, "receipt", from)}
		op.Effects[1].Notification = true
	}
	op.Route, op.Path, op.Body = "/"+op.Type, "/"+op.Type, jsonText(op.Args)
	return op
}

func effectOf(op *model.Operation, kind, resource string) model.Effect {
	return model.Effect{
		Ledger: "effects", Kind: kind, Resource: resource, Key: op.Key, CorrelationID: op.CorrelationID,
		Fields: map[string]any{"amount": op.Args["amount"]},
	}
}

// at plans something. What is planned for one time happens in the order in which it was planned.
func (s *service) at(when int, do func()) {
	i, _ := slices.BinarySearchFunc(s.queue, when+1, func(p planned, t int) int { return p.at - t })
	s.queue = slices.Insert(s.queue, i, planned{when, do})
}

func (s *service) run() {
	for len(s.queue) > 0 {
		first := s.queue[0]
		s.queue = s.queue[1:]
		s.now = first.at
		first.do()
	}
}

func (s *service) see(e model.Event) {
	e.At = time.Duration(s.now) * time.Millisecond
	s.history.Events = append(s.history.Events, e)
}

// clock is the service's time.
func (s *service) clock() time.Duration { return time.Duration(s.now)*time.Millisecond + s.offset }

func (s *service) jump(by time.Duration) {
	s.offset += by
	s.see(model.Event{Kind: model.ClockMoved, Span: by})
}

// start begins the attempt with an index in the plan.
func (c *client) start(index int, final bool) {
	c.number++
	x := &exchange{
		client: c, drawnAttempt: c.plan[index], attempt: c.number, final: final, next: index + 1,
	}
	c.see(model.Event{Kind: model.Invoke, Operation: c.op.ID, Attempt: x.attempt, Final: final})
	if !final && x.next < len(c.plan) && c.plan[x.next].Along {
		c.at(c.now+c.plan[x.next].Gap, func() { c.start(x.next, false) })
	}
	x.send()
	c.at(c.now+clientTimeout, func() { x.finish(nil, "timeout") })
}

// send puts the request on the wire, as far as its fate lets it.
func (x *exchange) send() {
	switch x.Fate {
	case requestLost, late, answerLost, twice, throttled, cut:
		x.see(model.Event{
			Kind: model.FaultReported, Operation: x.op.ID, Attempt: x.attempt, Fired: true,
			Fault: &fault.Fault{Kind: fault.Kind(x.Fate), Operation: x.op.ID, Attempt: x.attempt},
		})
	}
	switch x.Fate {
	case requestLost:
		return
	case throttled:
		x.at(x.now+1, func() { x.finish(&model.Answer{Status: 429}, "") })
	case cut:
		x.see(model.Event{Kind: model.Sent, Operation: x.op.ID, Attempt: x.attempt})
		x.at(x.now+1, func() { x.finish(nil, "reset") })
	case late:
		x.at(x.now+clientTimeout+5+x.Gap, func() { x.arrive(1) })
	case twice:
		x.at(x.now+1, func() { x.arrive(1) })
		x.at(x.now+1+x.Gap, func() { x.arrive(2) })
	default:
		x.at(x.now+1, func() { x.arrive(1) })
	}
}

// finish is the client's end of the attempt; only the first counts.
func (x *exchange) finish(a *model.Answer, err string) {
	if x.over {
		return
	}
	x.over = true
	x.see(model.Event{Kind: model.Return, Operation: x.op.ID, Attempt: x.attempt, Answer: a, Err: err})
	x.settled = x.settled || x.contract.Classify(x.op.Type, a) != model.Info
	if x.final || x.next >= len(x.plan) || x.plan[x.next].Along {
		return
	}
	if next := x.plan[x.next]; !x.settled || next.Repeat {
		x.at(x.now+next.Gap, func() { x.start(x.next, false) })
	}
}

// answer is the service's answer to a request.
func (x *exchange) answer(number int, a *model.Answer) {
	x.see(model.Event{
		Kind: model.Answered, Operation: x.op.ID, Attempt: x.attempt, Hit: number, Answer: a, Final: x.final,
	})
	if x.Fate != answerLost {
		x.finish(a, "")
	}
}

// arrive hands a request to the service.
func (x *exchange) arrive(number int) {
	x.see(model.Event{
		Kind: model.Sent, Operation: x.op.ID, Attempt: x.attempt, Hit: number, Complete: true, Final: x.final,
	})
	reply := func(a *model.Answer) {
		x.at(x.now+x.Work/2, func() { x.answer(number, a) })
	}
	if x.Fate == busy {
		reply(&model.Answer{Status: 503})
		return
	}
	if x.op.KeyStyle.Malformed() || x.op.KeyStyle == model.KeyMissing && x.world.Required {
		reply(&model.Answer{Status: 400})
		return
	}
	if x.op.KeyStyle != model.KeyMissing {
		x.lookUp(reply)
		return
	}
	x.at(x.now+x.Work/2, func() { reply(x.execute(x.op)) })
}

// lookUp treats a request with a good key.
func (x *exchange) lookUp(reply func(*model.Answer)) {
	key := x.op.Tenant + x.op.Route + x.op.Key
	r := x.records[key]
	if r != nil && r.answer != nil && x.clock()-r.at > x.contract.Promises.Retention.Std() {
		if x.world.Gone {
			reply(&model.Answer{Status: 410})
			return
		}
		r = nil
	}
	switch {
	case r == nil:
		r = &record{body: x.op.Body}
		x.records[key] = r
		x.at(x.now+x.Work/2, func() { x.decide(key, r, reply) })
	case r.body != x.op.Body:
		reply(&model.Answer{Status: 422, Body: `{"title":"key reused"}`})
	case r.answer == nil && x.world.Blocks:
		r.waiting = append(r.waiting, reply)
	case r.answer == nil:
		reply(&model.Answer{Status: 409})
	default:
		reply(x.replay(r))
	}
}

// decide ends the work on a first request.
func (x *exchange) decide(key string, r *record, reply func(*model.Answer)) {
	if x.Fate == droppedEarly {
		delete(x.records, key)
		r.release(&model.Answer{Status: 503})
		return
	}
	a := x.execute(x.op)
	if a.Status == 402 && !x.world.Errors {
		delete(x.records, key)
		r.release(&model.Answer{Status: 503})
		reply(a)
		return
	}
	r.answer, r.at = a, x.clock()
	if x.Fate != droppedLate {
		reply(a)
	}
	r.release(x.replay(r))
}

// release answers the duplicates that wait.
func (r *record) release(a *model.Answer) {
	for _, reply := range r.waiting {
		reply(a)
	}
}

// replay is the stored answer, marked, or the present state under its identity.
func (x *exchange) replay(r *record) *model.Answer {
	a := *r.answer
	a.ReplayMarker = true
	if x.world.CurrentState && a.Status == 201 && x.op.Type == "charge" {
		a.Body = x.body(x.op, value.Field(a.Body, "id").(string))
	}
	return &a
}

// execute does the operation once, or refuses it for lack of funds.
func (s *service) execute(op *model.Operation) *model.Answer {
	next, _, ok := bank{}.Apply(s.state, op)
	if !ok {
		return &model.Answer{Status: 402, Body: `{"title":"no funds"}`}
	}
	s.state = next
	for _, e := range op.Effects {
		if s.world.Names == 1 && e.Key != "" {
			e.CorrelationID = ""
		}
		if s.world.Names == 2 {
			e.Key = ""
		}
		e.Notification = false
		s.ledger = append(s.ledger, e)
	}
	s.made++
	return &model.Answer{Status: 201, Body: s.body(op, fmt.Sprintf("c%d", s.made))}
}

func (s *service) body(op *model.Operation, id string) string {
	fields := map[string]any{"id": id}
	if op.Type == "charge" {
		fields["balance"] = s.state[op.Args["account"].(string)+".balance"]
	}
	return jsonText(fields)
}

// observe shows the ledger, the final state and what was made.
func (s *service) observe() {
	s.now++
	for i := range s.ledger {
		s.see(model.Event{Kind: model.Listed, Effect: &s.ledger[i]})
	}
	for _, name := range s.state.Names() {
		s.see(model.Event{Kind: model.Observed, Name: name, Value: s.state[name]})
	}
	for i := range s.history.Operations {
		op := &s.history.Operations[i]
		if s.acknowledged(op.ID) {
			s.see(model.Event{Kind: model.LookedUp, Operation: op.ID, Exists: true})
		}
	}
}

// acknowledged reports whether any request of an operation was answered ok.
func (s *service) acknowledged(id string) bool {
	return slices.ContainsFunc(s.history.Events, func(e model.Event) bool {
		return e.Kind == model.Answered && e.Operation == id && e.Answer.Status == 201
	})
}
