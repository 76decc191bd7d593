package judge_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// arrive hands a whole request to the service.
func (c *call) arrive(hit int) {
	c.event(model.Sent, hit, nil)
	reply := func(a *model.Answer) { c.at(c.step(4), func() { c.reply(hit, a) }) }
	c.at(c.paused(), func() { c.treat(reply) })
}

// paused is how long the service still stands still.
func (c *call) paused() int {
	if c.pause == 0 || c.now < c.pause || c.now > c.pause+30 {
		return 0
	}
	return c.pause + 30 - c.now
}

// step is how long a step of the service takes.
func (c *call) step(below int) int {
	if c.slow && c.chance(15) {
		return c.dice.IntN(50)
	}
	return c.dice.IntN(below)
}

// treat answers a request.
func (c *call) treat(reply func(*model.Answer)) {
	header := c.contract.Key.Header != ""
	soon := c.hurried && !c.healed && c.now-c.taken < 3
	c.taken = c.now
	switch {
	case c.lockout > 0 && c.now >= c.lockout:
		reply(&model.Answer{Status: 401})
	case soon:
		reply(&model.Answer{Status: 429})
	case !c.healed && c.chance(8):
		reply(&model.Answer{Status: 503})
	case c.unfit() != nil:
		reply(c.unfit())
	case header && c.sendsNone():
		c.at(c.step(4), func() { reply(c.execute(c.op)) })
	default:
		c.lookUp(reply)
	}
}

// identity is what the service knows an operation by.
func (c *call) identity() string {
	route := c.op.Method + c.op.Route
	if c.byPath {
		route = c.op.Method + c.op.Path
	}
	scope := c.contract.Key.Scope
	place := ""
	if slices.Contains(scope, "tenant") {
		place += c.op.Tenant
	}
	if slices.Contains(scope, "route") {
		place += route
	}
	switch {
	case c.contract.Key.Header == "" && c.byCorrelation:
		return c.op.Tenant + route + c.op.CorrelationID
	case c.contract.Key.Header == "":
		return c.op.Tenant + c.op.Path + c.op.Body
	case c.contract.Promises.MismatchAnswer == "executed":
		return place + " " + c.op.Key + c.op.Path + c.op.Body
	}
	return place + " " + c.op.Key
}

// otherwise: the key was sent with another payload.
func (r *shopRecord) otherwise(op *model.Operation) bool {
	return r.op.Body != op.Body || r.op.Path != op.Path
}

// hasTwin reports whether another key came with the payload of an operation, and is remembered.
func (c *call) hasTwin() bool {
	for _, r := range c.records {
		if r.op.Key != c.op.Key && r.op.Tenant == c.op.Tenant && !r.otherwise(c.op) &&
			(c.kept || !c.expired(r)) {
			return true
		}
	}
	return false
}

// expired: the retention of what is stored is over.
func (c *call) expired(r *shopRecord) bool {
	retention := time.Duration(c.contract.Promises.Retention)
	return r.answer != nil && retention > 0 && c.clock()-r.since > retention
}

// lookUp treats a request with a good key.
func (c *call) lookUp(reply func(*model.Answer)) {
	r := c.held(c.records[c.identity()])
	p := c.contract.Promises
	if r != nil && c.expired(r) {
		switch {
		case p.AfterRetention == "refused":
			reply(&model.Answer{Status: 410})
			return
		case p.AfterRetention == "executed" || !c.kept:
			r = nil
		}
	}
	switch {
	case r == nil && len(p.SameBody) > 0 && c.hasTwin():
		reply(&model.Answer{Status: 424})
	case r == nil:
		r = &shopRecord{op: c.op}
		c.records[c.identity()] = r
		c.at(c.step(6), func() { c.decide(r, reply) })
	case r.otherwise(c.op) && p.MismatchAnswer != "replayed":
		reply(&model.Answer{Status: 422, Body: `{"title":"key reused"}`})
	case r.answer == nil && c.waits && r.until == 0:
		r.waiting = append(r.waiting, reply)
	case r.answer == nil:
		reply(c.inFlight())
	default:
		reply(c.again(r))
	}
}

// decide ends the work on a first request. It may go wrong before or after it executes.
func (c *call) decide(r *shopRecord, reply func(*model.Answer)) {
	fate := c.dice.IntN(12)
	if c.healed {
		fate = 11
	}
	switch {
	case fate == 0 && c.lease > 0:
		c.die(r, reply)
		return
	case fate == 0:
		c.forget(r, &model.Answer{Status: 503})
		reply(nil)
		return
	}
	var a *model.Answer
	failure := c.breaksDown()
	if failure == nil || c.chance(50) {
		a = c.execute(c.op)
	}
	if failure != nil && (a == nil || a.Status == 201) {
		c.fail(r, a, failure, reply)
		return
	}
	if a.Status == 402 && c.contract.Promises.Errors == "executed" {
		c.forget(r, &model.Answer{Status: 503})
		reply(a)
		return
	}
	r.answer, r.since = a, c.clock()
	switch fate {
	case 1:
		reply(nil)
	case 2:
		reply(&model.Answer{Status: 503})
	default:
		reply(a)
	}
	c.wake(r)
}

// wake answers those who wait for the first answer.
func (c *call) wake(r *shopRecord) {
	for _, waiting := range r.waiting {
		waiting(c.again(r))
	}
}

// forget frees a key whose first request did nothing.
func (c *call) forget(r *shopRecord, a *model.Answer) {
	delete(c.records, c.identity())
	for _, waiting := range r.waiting {
		waiting(a)
	}
}

// again is the stored answer, marked; or the state as it is now.
func (c *call) again(r *shopRecord) *model.Answer {
	a := *r.answer
	a.ReplayMarker = c.contract.Promises.ReplayMarker != nil
	if r.anew {
		a.Body = c.regret()
	}
	if done := c.contract.Promises.Done; len(done) > 0 && a.Status == 201 {
		return &model.Answer{Status: done[0], ReplayMarker: a.ReplayMarker}
	}
	if c.contract.Promises.Replay == "current-state" && a.Status == 201 {
		a.Body = c.body(r.op, member(a.Body, "id"))
	}
	return &a
}

// execute does the operation once, or refuses it for lack of funds.
func (s *shop) execute(op *model.Operation) *model.Answer {
	next, _, ok := till{}.Apply(s.state, op)
	if !ok {
		return &model.Answer{Status: 402, Body: `{"title":"no funds"}`}
	}
	s.state = next
	for _, e := range op.Effects {
		if s.world.ledger == "key" {
			e.CorrelationID = ""
		}
		if s.world.ledger == "mark" || s.contract.Key.Header == "" {
			e.Key = ""
		}
		e.Notification = false
		s.ledger = append(s.ledger, e)
	}
	s.made++
	return &model.Answer{Status: 201, Body: s.body(op, fmt.Sprintf("c%d", s.made))}
}

func (s *shop) body(op *model.Operation, id string) string {
	fields := map[string]any{}
	if s.contract.Operations[op.Type].Answer.Identity != "" {
		fields["id"] = id
	}
	if s.balance {
		fields["balance"] = s.state[op.Resources[0]+".balance"]
	}
	if s.told {
		fields["note"] = op.CorrelationID
	}
	return jsonOf(fields)
}
