// Package pace measures how fast a service is, by the histories of cases, and compares that with
// what its contract expects.
package pace

import (
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/fault"
)

// answer is how long a service took for one. Where it is open, its client gave up before it came:
// it took so long at least. Where it is held, a fault may have kept the service from writing it.
// calm is what that time was like.
type answer struct {
	took       time.Duration
	open, held bool
	calm       conditions.Calm
}

// seen is what one run of a case showed: answers by the name of a threshold, and how long keys took
// to recover.
type seen struct {
	answers    map[string][]answer
	recoveries []answer
}

// exchanged is a request at the service, by when all of it was there and what became of it.
type exchanged struct {
	operation       string
	attempt         int
	sent, ended     time.Duration
	whole, answered bool
	// long: its answer may not fit into the buffers of a link. cut: this side ended the connection.
	long, cut bool
}

// try is an attempt as its client sees it.
type try struct {
	final             bool
	invoked, returned time.Duration
	ended             bool
	err               string
	answer            *model.Answer
}

// place is where an attempt stands in its case, and hit which of its requests is meant.
type place struct {
	operation    string
	attempt, hit int
}

// reading is what a history shows of time.
type reading struct {
	requests []*exchanged
	tries    map[place]*try
	// order are the attempts in the order in which they were begun.
	order  []place
	fired  []fault.Fault
	healed time.Duration
}

// look reads what a run of a case showed.
func look(h *model.History, c *model.Case, by *model.Contract, calm conditions.Calm) seen {
	r := read(h)
	out := seen{answers: map[string][]answer{}}
	for _, x := range r.requests {
		one, ok := r.answerOf(x)
		if !ok {
			continue
		}
		one.calm = calm
		for _, name := range r.names(x, c) {
			out.answers[name] = append(out.answers[name], one)
		}
	}
	for i := range h.Operations {
		op := &h.Operations[i]
		if took, ok := r.recovery(op, by); ok {
			out.recoveries = append(out.recoveries, answer{took: took, calm: calm})
		}
	}
	return out
}

// read files the events of a history.
func read(h *model.History) *reading {
	r := &reading{tries: map[place]*try{}}
	hits := map[place]*exchanged{}
	at := func(e *model.Event) *exchanged {
		p := place{e.Operation, e.Attempt, e.Hit}
		if hits[p] == nil {
			hits[p] = &exchanged{operation: e.Operation, attempt: e.Attempt}
			r.requests = append(r.requests, hits[p])
		}
		return hits[p]
	}
	for i := range h.Events {
		e := &h.Events[i]
		switch e.Kind {
		case model.Sent:
			x := at(e)
			x.sent, x.whole = e.At, e.Complete
		case model.Answered:
			x := at(e)
			x.ended, x.answered, x.cut = e.At, e.Answer != nil, e.Err == model.Cut
			x.long = x.answered && e.Answer.Excerpt != nil
		default:
			r.add(e)
		}
	}
	return r
}

// add files what clients saw, and what became of faults.
func (r *reading) add(e *model.Event) {
	p := place{e.Operation, e.Attempt, 0}
	switch e.Kind {
	case model.Invoke:
		r.tries[p] = &try{final: e.Final, invoked: e.At}
		r.order = append(r.order, p)
	case model.Return:
		if t := r.tries[p]; t != nil {
			t.returned, t.ended, t.err, t.answer = e.At, true, e.Err, e.Answer
		}
	case model.Healed:
		r.healed = e.At
	case model.FaultReported:
		if e.Fired && e.Fault != nil {
			r.fired = append(r.fired, *e.Fault)
		}
	}
}

// answerOf is how long the service took for a request; false where that cannot be known: it was not
// there as a whole, or nobody waited for its answer.
func (r *reading) answerOf(x *exchanged) (answer, bool) {
	if !x.whole {
		return answer{}, false
	}
	struck, held := r.struck(x)
	if x.answered {
		return answer{took: x.ended - x.sent, held: held && x.long}, true
	}
	if struck {
		return answer{}, false // the fault may be why nobody saw one
	}
	t := r.tries[place{x.operation, x.attempt, 0}]
	if t == nil || !t.ended || t.err != "timeout" || x.ended > 0 && !x.cut || t.returned < x.sent {
		return answer{}, false
	}
	until := t.returned
	if x.cut {
		until = min(until, x.ended)
	}
	return answer{took: until - x.sent, open: true}, true
}

// struck reports whether a fault fired on the attempt of a request, and whether one did that may
// hold its answer while the service still writes it.
func (r *reading) struck(x *exchanged) (struck, held bool) {
	for _, f := range r.fired {
		if is := f.Kind.Traits(); is.AffectsAll || f.Addresses(x.operation, x.attempt) {
			struck, held = true, held || is.HoldsAnswer
		}
	}
	return struck, held
}

// names are those of the thresholds that a request counts for.
func (r *reading) names(x *exchanged, c *model.Case) []string {
	if len(c.Faults) == 0 {
		return []string{expect.Calm}
	}
	var out []string
	met := map[fault.Kind]bool{}
	for _, f := range r.fired {
		if !met[f.Kind] && strikes(f, x.operation, x.attempt) {
			met[f.Kind], out = true, append(out, string(f.Kind))
		}
	}
	return out
}

// strikes reports whether an attempt is made under a fault that fired.
func strikes(f fault.Fault, operation string, attempt int) bool {
	return f.Kind.Traits().AffectsAll || f.Operation == operation && f.Attempt <= attempt
}

// recovery is how long the key of an operation that a fault struck took to be answered definitely
// after all faults had ended; false for any other operation.
func (r *reading) recovery(op *model.Operation, by *model.Contract) (time.Duration, bool) {
	struck := false
	for _, f := range r.fired {
		struck = struck || f.Kind.Traits().AffectsAll || f.Operation == op.ID
	}
	if !struck {
		return 0, false
	}
	var first, last *try
	for _, p := range r.order {
		t := r.tries[p]
		if p.operation != op.ID || !t.ended || !t.final {
			continue
		}
		if first == nil {
			first, last = t, t
		}
		if by.Classify(op.Type, t.answer) != model.Info {
			return t.returned - first.invoked - ourWait(last, t), true
		}
		last = t
	}
	return 0, false
}

// ourWait is how long a client waited between two attempts without being asked to.
func ourWait(before, next *try) time.Duration {
	if before == next {
		return 0
	}
	return max(0, next.invoked-before.returned-before.answer.Wait())
}
