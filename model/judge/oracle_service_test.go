package judge_test

import (
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// shop is a right service in simulated milliseconds, with the network and its clients. Whatever the
// dice say, it keeps what its world promises.
type shop struct {
	*world
	now     int
	queue   []due
	seen    []model.Event
	state   model.State
	records map[string]*shopRecord
	ledger  []model.Effect
	made    int
	skew    time.Duration
	healed  bool
	settled map[string]bool
	numbers map[string]int
	// taken is when it last took a request.
	taken int
	// left is how many more requests there may be.
	left int
}

// due is something that will happen.
type due struct {
	at int
	do func()
}

// shopRecord is what it remembers of an operation. answer is nil while the first request is at work.
type shopRecord struct {
	op     *model.Operation
	answer *model.Answer
	since  time.Duration
	// anew: the answer has other words each time.
	anew bool
	// until is when the key of a first request that died is free again; 0 while it lives.
	until   int
	waiting []func(*model.Answer)
}

// patience is when a client gives up on an attempt.
const clientPatience = 8

// serve runs a world and returns what was seen.
func serve(w *world) *model.History {
	s := &shop{
		world: w, state: w.initial, records: map[string]*shopRecord{},
		settled: map[string]bool{}, numbers: map[string]int{}, left: 4,
	}
	for i := range w.ops {
		op := &w.ops[i]
		s.at(s.dice.IntN(12), func() { s.attempt(op, 1+s.dice.IntN(3)) })
	}
	if w.contract.Promises.Retention > 0 && s.chance(80) {
		s.at(s.dice.IntN(20), s.age)
	}
	if s.chance(30) {
		s.at(8+s.dice.IntN(20), s.heal)
	}
	s.run()
	s.heal()
	s.settle()
	s.now++
	s.observe()
	h := &model.History{Operations: slices.Clone(w.ops), Initial: w.initial, Events: s.seen}
	return s.blur(h)
}

// at plans something; what is due at one time happens in the order in which it was planned.
func (s *shop) at(in int, do func()) {
	d := due{s.now + in, do}
	i := slices.IndexFunc(s.queue, func(o due) bool { return o.at > d.at })
	if i < 0 {
		i = len(s.queue)
	}
	s.queue = slices.Insert(s.queue, i, d)
}

func (s *shop) run() {
	for len(s.queue) > 0 {
		first := s.queue[0]
		s.queue = s.queue[1:]
		s.now = first.at
		first.do()
	}
}

func (s *shop) see(e model.Event) {
	e.At = time.Duration(s.now) * time.Millisecond
	s.seen = append(s.seen, e)
}

func (s *shop) clock() time.Duration { return time.Duration(s.now)*time.Millisecond + s.skew }

// age lets a window go by, or half of it: the clock moves, or time passes.
func (s *shop) age() {
	if s.contract.Promises.Retention == value.Duration(24*time.Hour) {
		span := one(s.dice, 13*time.Hour, 25*time.Hour)
		s.skew += span
		s.see(model.Event{Kind: model.ClockMoved, Span: span})
		return
	}
	for i := range s.ops {
		op := &s.ops[i]
		if s.chance(60) {
			s.at(one(s.dice, 25, 45, 90), func() { s.attempt(op, 1) })
		}
	}
}

func (s *shop) heal() {
	if !s.healed {
		s.healed = true
		s.see(model.Event{Kind: model.Healed})
	}
}

// settle retries what is open after everything healed.
func (s *shop) settle() {
	if s.chance(30) {
		return
	}
	s.left = 6
	for i := range s.ops {
		op := &s.ops[i]
		for range 2 {
			if !s.settled[op.ID] {
				s.at(s.dice.IntN(30)+s.patient(), func() { s.attempt(op, 1) })
				if s.chance(50) {
					s.run()
				}
			}
		}
	}
	s.run()
}

// call is one attempt on its way.
type call struct {
	*shop
	op     *model.Operation
	number int
	final  bool
	over   bool
	more   int
	muted  bool
}

// attempt makes one attempt of an operation, and up to so many in all.
func (s *shop) attempt(op *model.Operation, more int) {
	if s.left == 0 || more == 0 {
		return
	}
	s.left--
	s.numbers[op.ID]++
	c := &call{shop: s, op: op, number: s.numbers[op.ID], final: s.healed, more: more - 1}
	c.see(model.Event{Kind: model.Invoke, Operation: op.ID, Attempt: c.number, Final: c.final})
	c.at(clientPatience, func() { c.finish(nil, "timeout") })
	if c.more > 0 && c.chance(25) {
		c.at(c.dice.IntN(3), func() { c.attempt(op, c.more) })
		c.more = 0
	}
	c.send()
}

// send puts the request on the wire. After everything healed all requests arrive.
func (c *call) send() {
	fate := c.dice.IntN(12)
	if c.healed {
		fate = 11
	}
	switch fate {
	case 0: // lost
	case 1: // cut: half of it arrives
		c.at(1, func() { c.cut() })
	case 2: // arrives when the client gave up
		c.at(clientPatience+c.dice.IntN(12), func() { c.arrive(1) })
	case 3: // answered, and nobody listens
		c.muted = true
		c.at(c.dice.IntN(2), func() { c.arrive(1) })
	case 4: // the network sends it twice
		c.at(c.dice.IntN(2), func() { c.arrive(1) })
		c.at(c.dice.IntN(9), func() { c.arrive(2) })
	default:
		c.at(c.dice.IntN(2), func() { c.arrive(1) })
	}
}

// finish is the client's end of an attempt; only the first counts.
func (c *call) finish(a *model.Answer, err string) {
	if c.over {
		return
	}
	c.over = true
	c.see(model.Event{Kind: model.Return, Operation: c.op.ID, Attempt: c.number, Answer: a, Err: err})
	if a != nil && slices.Contains([]int{201, 208, 400, 402, 410, 412, 414, 418, 422, 424}, a.Status) {
		c.settled[c.op.ID] = true
	}
	if c.more > 0 && (!c.settled[c.op.ID] || c.chance(50)) {
		c.at(c.dice.IntN(3), func() { c.attempt(c.op, c.more) })
	}
}

// event is one of a request at the service.
func (c *call) event(kind model.EventKind, hit int, a *model.Answer) {
	c.see(model.Event{
		Kind: kind, Operation: c.op.ID, Attempt: c.number, Hit: hit, Answer: a, Final: c.final,
		Complete: kind == model.Sent,
	})
}

func (c *call) cut() {
	c.see(model.Event{Kind: model.Sent, Operation: c.op.ID, Attempt: c.number, Final: c.final})
	if c.chance(50) {
		c.at(1, func() { c.reply(1, &model.Answer{Status: 400}) })
	}
}

// reply answers a request; a client that still listens gets it a little later. Without an answer
// the connection ends.
func (c *call) reply(hit int, a *model.Answer) {
	if a != nil && c.typed {
		typed := *a
		typed.Headers = maps.Clone(a.Headers)
		if typed.Headers == nil {
			typed.Headers = map[string]string{}
		}
		typed.Headers["Content-Type"] = one(c.dice, mediaTypes()[:c.kinds]...)
		a = &typed
	}
	c.event(model.Answered, hit, a)
	if c.muted {
		return
	}
	c.at(c.dice.IntN(2), func() {
		if a == nil {
			c.finish(nil, "eof")
			return
		}
		c.finish(a, "")
	})
}

// observe shows the ledger, the final state and what was made.
func (s *shop) observe() {
	s.dice.Shuffle(len(s.ledger), func(i, j int) { s.ledger[i], s.ledger[j] = s.ledger[j], s.ledger[i] })
	for i := range s.ledger {
		s.see(model.Event{Kind: model.Listed, Effect: &s.ledger[i]})
	}
	for _, name := range slices.Sorted(maps.Keys(s.state)) {
		s.see(model.Event{Kind: model.Observed, Name: name, Value: s.state[name]})
	}
	if s.contract.Session != nil {
		for _, tenant := range []string{"t", "u"} {
			s.see(model.Event{Kind: model.SignedIn, Name: tenant + "/", Exists: s.lockout == 0})
		}
	}
	for i := range s.ops {
		op := s.ops[i].ID
		ok := func(e model.Event) bool { return e.Operation == op && e.Answer != nil && e.Answer.Status == 201 }
		if slices.ContainsFunc(s.seen, ok) {
			s.see(model.Event{Kind: model.LookedUp, Operation: op, Exists: true})
		}
	}
}

// blur leaves out what some harnesses do not see: the ledger, or a wire that has nothing to tell.
func (s *shop) blur(h *model.History) *model.History {
	hidden := slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Hit > 1 || e.Kind == model.Return && e.Answer == nil ||
			e.Kind == model.Sent && !e.Complete || e.Kind == model.Answered && e.Answer == nil
	})
	wireless, ledgerless := !hidden && s.chance(30), s.chance(5)
	h.Events = slices.DeleteFunc(h.Events, func(e model.Event) bool {
		return wireless && (e.Kind == model.Sent || e.Kind == model.Answered) ||
			ledgerless && e.Kind == model.Listed
	})
	if ledgerless {
		h.Events = append(h.Events, model.Event{
			At: time.Duration(s.now) * time.Millisecond, Kind: model.Unreadable, Name: "effects", Err: "timeout",
		})
	}
	return h
}
