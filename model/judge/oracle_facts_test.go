// Package model_test holds the oracle's oracle: a brute-force judge that shares no code with the
// real one, and what draws histories for both. It uses the words of package model and nothing else
// of it, which the package's own name enforces.
package judge_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// moment is when something was seen: its time and, for what was seen at one time, its place in the
// history.
type moment struct {
	at    time.Duration
	place int
}

func (m moment) before(n moment) bool { return m.at < n.at || m.at == n.at && m.place < n.place }

// seen reports whether it was seen at all.
func (m moment) seen() bool { return m.at != unseen }

// unseen is the time of what nobody saw.
const unseen = time.Duration(-1)

// bruteRequest is one request at the service and its answer.
type bruteRequest struct {
	attempt, hit   int
	final, whole   bool
	sent, answered moment
	answer         *model.Answer
	said           model.Outcome
	identity       string
}

// bruteTry is one attempt as its client saw it.
type bruteTry struct {
	number            int
	final             bool
	invoked, returned moment
	answer            *model.Answer
	timedOut          bool
}

// bruteSlot is a declared effect and how many of the operation's look like it.
type bruteSlot struct {
	model.Effect
	copies int
}

// bruteOp is an operation and what was seen of it.
type bruteOp struct {
	model.Operation
	typ      model.OperationType
	tries    []*bruteTry
	requests []*bruteRequest
	oks      []*bruteRequest
	refusals []*bruteRequest
	slots    []bruteSlot
	// name is what the service may know it by; natural: that is its correlation ID, and nobody said
	// so.
	name     string
	natural  bool
	vanished bool
	outcome  model.Outcome
}

// bruteCase is a history as facts.
type bruteCase struct {
	contract *model.Contract
	promises model.Promises
	spec     model.Spec
	initial  model.State
	ops      []*bruteOp
	items    []model.Effect
	clock    []model.Event
	final    model.State
	healed   time.Duration
	end      time.Duration
	unread   bool
	// letIn holds tenants that were let in to read, at the end.
	letIn map[string]bool
}

// readBrute reads a history. Operations whose requests are the same bytes are one.
func readBrute(h *model.History, c *model.Contract, spec model.Spec) *bruteCase {
	b := &bruteCase{
		contract: c, promises: c.Promises, spec: spec, initial: h.Initial,
		final: model.State{}, healed: unseen, letIn: map[string]bool{},
	}
	heirs := b.takeOperations(h)
	for place, e := range h.Events {
		b.see(e)
		if heir, known := heirs[e.Operation]; known {
			e.Attempt += heir.shift
			heir.op.see(e, moment{e.At, place})
		}
	}
	for _, o := range b.ops {
		o.believeClients()
	}
	for _, o := range b.ops {
		b.conclude(o)
	}
	return b
}

// heir is the operation that stands for one of the history, and by how much attempts are
// renumbered.
type heir struct {
	op    *bruteOp
	shift int
}

// takeOperations makes the operations, those of the same bytes once.
func (b *bruteCase) takeOperations(h *model.History) map[string]heir {
	heirs, attempts := map[string]heir{}, map[string]int{}
	for _, e := range h.Events {
		attempts[e.Operation] = max(attempts[e.Operation], e.Attempt)
	}
	for _, op := range h.Operations {
		if op.KeyStyle == model.KeyEmpty && b.contract.Key.Empty == model.EmptyIsNone {
			op.KeyStyle, op.Key = model.KeyMissing, ""
		}
		i := slices.IndexFunc(b.ops, func(o *bruteOp) bool { return b.sameBytes(&o.Operation, &op) })
		if i >= 0 {
			first := b.ops[i]
			heirs[op.ID] = heir{first, attempts[first.ID]}
			attempts[first.ID] += attempts[op.ID]
			continue
		}
		o := &bruteOp{Operation: op, typ: b.contract.Operations[op.Type], slots: slotsOf(op.Effects)}
		o.name = op.Key
		if op.Key != "" && !b.sendsKeys() {
			o.name, o.natural = "marker "+op.CorrelationID, true
		}
		b.ops = append(b.ops, o)
		heirs[op.ID] = heir{o, 0}
	}
	return heirs
}

// sendsKeys: the contracts drawn here send keys in a header or not at all.
func (b *bruteCase) sendsKeys() bool { return b.contract.Key.Header != "" }

func (b *bruteCase) sameBytes(x, y *model.Operation) bool {
	sameKey := !b.sendsKeys() ||
		x.KeyStyle == y.KeyStyle && x.KeyStyle != model.KeyMissing && x.Key == y.Key
	return sameKey && x.KeyStyle == y.KeyStyle && x.Tenant == y.Tenant && x.Method == y.Method &&
		x.Path == y.Path && x.Body == y.Body
}

func slotsOf(effects []model.Effect) []bruteSlot {
	var out []bruteSlot
	for _, e := range effects {
		i := slices.IndexFunc(out, func(s bruteSlot) bool {
			return s.Kind == e.Kind && s.Ledger == e.Ledger && s.Resource == e.Resource &&
				s.Notification == e.Notification && pins(s.Effect, e) && pins(e, s.Effect)
		})
		if i >= 0 {
			out[i].copies++
			continue
		}
		out = append(out, bruteSlot{e, 1})
	}
	return out
}

// pins reports whether an item has the fields that a declared effect names.
func pins(declared, item model.Effect) bool {
	for name, value := range declared.Fields {
		if asText(value) != asText(item.Fields[name]) {
			return false
		}
	}
	return true
}

func asText(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return "unprintable"
	}
	return string(out)
}

// see takes what concerns the whole case.
func (b *bruteCase) see(e model.Event) {
	b.end = max(b.end, e.At)
	switch e.Kind {
	case model.Healed:
		b.healed = e.At
	case model.ClockMoved:
		b.clock = append(b.clock, e)
	case model.Observed:
		b.final[e.Name] = e.Value
	case model.SignedIn:
		b.letIn[e.Name] = e.Exists
	case model.Unreadable:
		b.unread = true
	case model.Listed:
		if b.ours(*e.Effect) {
			b.items = append(b.items, *e.Effect)
		}
	}
}

// ours reports whether any operation declares effects of this kind.
func (b *bruteCase) ours(item model.Effect) bool {
	for _, t := range b.contract.Operations {
		for _, d := range t.Effects {
			if d.Ledger == item.Ledger && d.Kind == item.Kind {
				return true
			}
		}
	}
	return false
}

// see takes what concerns an operation.
func (o *bruteOp) see(e model.Event, now moment) {
	switch e.Kind {
	case model.Invoke:
		o.tries = append(o.tries, &bruteTry{
			number: e.Attempt, final: e.Final, invoked: now, returned: moment{at: unseen},
		})
	case model.Return:
		if t := o.try(e.Attempt); t != nil {
			t.returned, t.answer, t.timedOut = now, e.Answer, e.Err == "timeout"
		}
	case model.Sent:
		r := o.request(e)
		r.sent, r.whole = now, e.Complete
	case model.Answered:
		r := o.request(e)
		r.answered, r.answer = now, e.Answer
	case model.LookedUp:
		o.vanished = !e.Exists
	}
}

func (o *bruteOp) try(number int) *bruteTry {
	for _, t := range o.tries {
		if t.number == number {
			return t
		}
	}
	return nil
}

func (o *bruteOp) request(e model.Event) *bruteRequest {
	for _, r := range o.requests {
		if r.attempt == e.Attempt && r.hit == max(e.Hit, 1) {
			return r
		}
	}
	r := &bruteRequest{
		attempt: e.Attempt, hit: max(e.Hit, 1), final: e.Final,
		sent: moment{at: unseen}, answered: moment{at: unseen},
	}
	if t := o.try(e.Attempt); t != nil {
		r.final = t.final
	}
	o.requests = append(o.requests, r)
	return r
}

// of lists the requests of an attempt.
func (o *bruteOp) of(attempt int) []*bruteRequest {
	return those(o.requests, func(r *bruteRequest) bool { return r.attempt == attempt })
}

// believeClients adds what only clients saw. What the only request of an attempt was answered is
// what its client was; an answer that came from nowhere had a request.
func (o *bruteOp) believeClients() {
	for _, t := range o.tries {
		mine := o.of(t.number)
		switch {
		case t.answer != nil && len(mine) == 1 && mine[0].answer == nil && mine[0].sent.seen():
			mine[0].answered, mine[0].answer = t.returned, t.answer
		case t.answer != nil && len(mine) == 0:
			o.requests = append(o.requests, &bruteRequest{
				attempt: t.number, hit: 1, final: t.final, whole: true,
				sent: t.invoked, answered: t.returned, answer: t.answer,
			})
		}
	}
}

// conclude says what answers mean and how the operation ended.
func (b *bruteCase) conclude(o *bruteOp) {
	for _, r := range o.requests {
		r.said = b.meaning(o, r.answer)
		if r.answer != nil && o.typ.Answer.Identity != "" {
			r.identity = member(r.answer.Body, o.typ.Answer.Identity)
		}
	}
	b.sayWhatFailed(o)
	slices.SortStableFunc(o.requests, func(x, y *bruteRequest) int { return int(x.last() - y.last()) })
	o.oks = those(o.requests, func(r *bruteRequest) bool { return r.said == model.OK })
	o.refusals = those(o.requests, func(r *bruteRequest) bool { return r.said == model.Fail })
	o.outcome = b.ended(o)
}

// last is when a request was last seen.
func (r *bruteRequest) last() time.Duration {
	if r.answered.seen() {
		return r.answered.at
	}
	return max(r.sent.at, 0)
}

// ended is the table of the single-execution model. A refusal that is stored settles an operation
// too: no request of it executed, or its answer would have been another.
func (b *bruteCase) ended(o *bruteOp) model.Outcome {
	answered := func(t *bruteTry) bool { return len(o.of(t.number)) > 0 }
	refused := func(r *bruteRequest) bool { return r.said == model.Fail }
	stored := b.promises.Errors == "replayed" && !b.keyless(o) && b.oneLife(o) &&
		some(o.refusals, func(r *bruteRequest) bool { return b.refusesWork(o, r) }) && !b.brokenBefore(o)
	switch {
	case len(o.oks) > 0:
		return model.OK
	case len(o.refusals) > 0 && every(o.requests, refused) && every(o.tries, answered):
		return model.Fail
	case stored:
		return model.Fail
	}
	return model.Info
}

// member returns a top-level member of a JSON object as text, or "".
func member(body, name string) string {
	var all map[string]any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&all) != nil || all[name] == nil {
		return ""
	}
	if s, ok := all[name].(string); ok {
		return s
	}
	return asText(all[name])
}

func those[T any](all []T, is func(T) bool) []T {
	var out []T
	for _, x := range all {
		if is(x) {
			out = append(out, x)
		}
	}
	return out
}

func some[T any](all []T, is func(T) bool) bool { return slices.ContainsFunc(all, is) }

func every[T any](all []T, is func(T) bool) bool {
	return !some(all, func(x T) bool { return !is(x) })
}
