package judge

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/accepted"
)

// never is the time of something that did not happen.
const never = time.Duration(-1)

// try is one attempt as its client saw it.
type try struct {
	number   int
	final    bool
	stranger bool
	invoked  time.Duration
	returned time.Duration
	answer   *model.Answer
	err      string
	// from and to are the places of both in the history.
	from, to int
}

// operationView is one operation with everything that was seen of it.
type operationView struct {
	*model.Operation
	// identityKey is what the service may know the operation by: the key that is sent, or else the
	// correlation ID; then natural is true.
	identityKey string
	natural     bool
	// index is its place in the history.
	index int
	typ   model.OperationType
	tries []*try
	// irregular: the attempts are not numbered 1, 2, 3 in their order.
	irregular bool
	hits      []*hit
	faults    []*model.Event
	// exists is false when what its answer names was looked up in vain; lookedUp when it was at
	// all.
	exists, lookedUp bool
	polled           accepted.Ends
	// unbegun are the attempts that ended and of which nobody saw the beginning.
	unbegun []int
	outcome model.Outcome
	// identities are what answers name, kept because decoding them is most of the work of judging.
	identities map[*model.Answer]string
}

// index is a history of one case, sorted: what holds in every reading of it. It is complete when
// [newIndex] returns it.
type index struct {
	contract   *model.Contract
	history    *model.History
	operations []*operationView
	byID       map[string]*operationView
	// byKey and byCorrelation list the operations that carry a name, in their order, byIdentity those
	// that the service may know by one.
	byKey, byCorrelation, byIdentity map[string][]*operationView
	// items are the ledger items, rivals the operations that met under one key: what readings
	// differ in.
	items  []*item
	rivals []*rivals
	healed time.Duration
	end    time.Duration
	clock  []model.Event
	final  model.State
	// unread are the things that could not be read, and given the reasons to be unknown that follow
	// from it in every reading.
	unread, given []string
	letIn         map[string]bool // "tenant/", told to log in again to the end, but let in elsewhere
	// variables lists the variables of each resource, for the search.
	variables map[string][]string
	// keyed tells of every type that was met whether its requests carry a key.
	keyed map[string]bool
	// alike lists operations by key and by payload. Few histories need it.
	alike func() map[likeness][]*operationView
}

// newIndex sorts a history.
func newIndex(h *model.History, c *model.Contract) *index {
	h = sameRequests(withoutEmpty(h, c), c)
	ix := &index{
		contract: c, history: h, byID: make(map[string]*operationView, len(h.Operations)),
		byKey: map[string][]*operationView{}, byCorrelation: map[string][]*operationView{},
		byIdentity: map[string][]*operationView{}, keyed: map[string]bool{},
		healed: never, final: model.State{}, letIn: map[string]bool{},
	}
	for i := range h.Operations {
		op := &h.Operations[i]
		s := &operationView{
			Operation: op, typ: c.Operations[op.Type], exists: true, index: i,
		}
		ix.operations = append(ix.operations, s)
		ix.byID[op.ID] = s
		ix.name(s)
	}
	for i := range h.Events {
		ix.add(&h.Events[i], i+1)
	}
	for _, s := range ix.operations {
		ix.finish(s)
	}
	for _, s := range ix.operations {
		ix.reconsider(s)
	}
	for _, s := range ix.operations {
		s.outcome = ix.outcome(s)
	}
	ix.group()
	ix.list()
	ix.variables = byResource(ix.history.Initial, ix.final)
	ix.alike = sync.OnceValue(ix.likenesses)
	return ix
}

// name files an operation under its key and its correlation ID.
func (ix *index) name(s *operationView) {
	s.identityKey = s.Key
	sends, known := ix.keyed[s.Type]
	if !known {
		sends = ix.contract.SendsKey(s.Type)
		ix.keyed[s.Type] = sends
	}
	if !sends && s.KeyStyle != model.KeyMissing {
		s.identityKey, s.natural = "\x00"+s.CorrelationID, true
	}
	if s.identityKey != "" {
		ix.byIdentity[s.identityKey] = append(ix.byIdentity[s.identityKey], s)
	}
	if s.Key != "" {
		ix.byKey[s.Key] = append(ix.byKey[s.Key], s)
	}
	if s.CorrelationID != "" {
		ix.byCorrelation[s.CorrelationID] = append(ix.byCorrelation[s.CorrelationID], s)
	}
}

// add files one event.
func (ix *index) add(e *model.Event, place int) {
	ix.end = max(ix.end, e.At)
	switch e.Kind {
	case model.Healed:
		ix.healed = e.At
	case model.ClockMoved:
		ix.clock = append(ix.clock, *e)
	case model.Observed:
		ix.final[e.Name] = e.Value
	case model.SignedIn:
		ix.letIn[e.Name] = e.Exists
	case model.Unreadable:
		ix.given = append(ix.given, "could not read "+e.Name+": "+e.Err)
		ix.unread = append(ix.unread, e.Name)
	}
	if s := ix.byID[e.Operation]; s != nil {
		s.add(e, place)
	}
}

// add files one event of an operation.
func (s *operationView) add(e *model.Event, place int) {
	switch e.Kind {
	case model.Invoke:
		s.tries = append(s.tries, &try{
			number: e.Attempt, final: e.Final, stranger: e.Stranger,
			invoked: e.At, returned: never, from: place,
		})
		s.irregular = s.irregular || e.Attempt != len(s.tries)
	case model.Return:
		if t := s.try(e.Attempt); t != nil {
			t.returned, t.answer, t.err, t.to = e.At, e.Answer, e.Err, place
		} else {
			s.unbegun = append(s.unbegun, e.Attempt)
		}
	case model.Sent:
		h := s.hit(e)
		h.sent, h.complete, h.sentPlace = e.At, e.Complete, place
	case model.Answered:
		h := s.hit(e)
		if e.Answer == nil && e.Err == model.Cut {
			h.cut, h.endPlace = true, place
			return
		}
		h.answered, h.answer, h.endPlace = e.At, e.Answer, place
	case model.FaultReported, model.Raced:
		s.faults = append(s.faults, e)
	case model.LookedUp:
		s.exists, s.lookedUp = e.Exists, true
	case model.Polled:
		s.polled = append(s.polled, e)
	}
}

// try returns the attempt with a number, or nil: the first, where a history holds it twice. It
// looks at its usual place first, so that many attempts do not cost their square.
func (s *operationView) try(n int) *try {
	if i := n - 1; !s.irregular && i >= 0 && i < len(s.tries) {
		return s.tries[i]
	}
	for _, t := range s.tries {
		if t.number == n {
			return t
		}
	}
	return nil
}

// hit returns the request that an event speaks of, making it when it is new.
func (s *operationView) hit(e *model.Event) *hit {
	n := max(e.Hit, 1)
	for i := len(s.hits) - 1; i >= 0; i-- { // most events speak of the last one
		if h := s.hits[i]; h.attempt == e.Attempt && h.number == n {
			return h
		}
	}
	return s.addHit(e, n)
}

func (s *operationView) addHit(e *model.Event, n int) *hit {
	h := &hit{attempt: e.Attempt, number: n, final: e.Final, sent: never, answered: never}
	if t := s.try(e.Attempt); t != nil {
		h.final = t.final
	}
	s.hits = append(s.hits, h)
	return h
}

// finish fills in what a world without a recorder cannot see, and says how the operation ended.
// All worlds of ours record what reaches the service; of a history from elsewhere that does not,
// what no client heard of is taken for lost.
func (ix *index) finish(s *operationView) {
	for _, t := range s.tries {
		if t.answer == nil || s.fromNetwork(t) {
			continue
		}
		if h := s.unanswered(t); h != nil {
			h.answered, h.answer, h.endPlace = t.returned, t.answer, t.to
		} else if !s.reached(t.number) {
			s.hits = append(s.hits, &hit{
				attempt: t.number, number: 1, final: t.final, complete: true,
				sent: t.invoked, answered: t.returned, answer: t.answer,
				sentPlace: t.from, endPlace: t.to,
			})
		}
	}
	for _, h := range s.hits {
		h.outcome = s.polled.Classify(ix.contract, s.Operation, h.answer)
	}
	slices.SortStableFunc(s.hits, func(a, b *hit) int { return cmp.Compare(a.order(), b.order()) })
}

// unanswered returns the only request of an attempt, when its client got an answer that the wire
// did not see: then the client knows better.
func (s *operationView) unanswered(t *try) *hit {
	all := s.hitsOf(t)
	if len(all) != 1 || all[0].answer != nil || all[0].sent == never {
		return nil
	}
	return all[0]
}

// hitsOf lists the requests of an attempt.
func (s *operationView) hitsOf(t *try) (out []*hit) {
	for _, h := range s.hits {
		if h.attempt == t.number {
			out = append(out, h)
		}
	}
	return out
}

// order is the time by which hits are listed: when they were answered, or else sent.
func (h *hit) order() time.Duration {
	if h.answered != never {
		return h.answered
	}
	return max(h.sent, 0)
}

// reached reports whether an attempt is known to have reached the service.
func (s *operationView) reached(n int) bool {
	return slices.ContainsFunc(s.hits, func(h *hit) bool { return h.attempt == n })
}

// fromNetwork reports whether an attempt was answered by a gateway and not by the service: in place
// of the service that never got it (throttled), or that got it and may have answered something else
// (gateway-error). What its client saw then says nothing about the service.
func (s *operationView) fromNetwork(t *try) bool {
	return t.answer != nil && slices.ContainsFunc(s.faults, func(e *model.Event) bool {
		if e.Kind != model.FaultReported || !e.Fired || !e.Fault.Addresses(s.ID, t.number) {
			return false
		}
		said := e.Fault.Status == 0 || e.Fault.Status == t.answer.Status
		return said && e.Fault.Kind.Traits().FromGateway
	})
}

// outcome applies the table of the single-execution model: any ok means done; only refusals mean
// not done; otherwise nobody knows. Where refusals are stored and replayed, one stored refusal
// settles it until its key expires.
func (ix *index) outcome(s *operationView) model.Outcome {
	if len(s.answers(model.OK)) > 0 {
		return model.OK
	}
	refusals := s.answers(model.Fail)
	if len(refusals) == 0 {
		return model.Info
	}
	arrived := !slices.ContainsFunc(s.tries, func(t *try) bool { return !s.reached(t.number) })
	if arrived && len(s.hits) == len(refusals) {
		return model.Fail
	}
	stored := !ix.renewed(s) && !ix.mayBeUndone(s) &&
		slices.ContainsFunc(refusals, func(h *hit) bool { return ix.takes(s, h) })
	if stored {
		return model.Fail
	}
	return model.Info
}

// takes reports whether an answer leaves the key to the operation: it was done, or it was refused
// and the refusal is stored.
func (ix *index) takes(s *operationView, h *hit) bool {
	return h.outcome == model.OK || h.outcome == model.Fail && h.answer != nil && !ix.unprotected(s) &&
		ix.contract.Promises.Errors == "replayed" && ix.refusesWork(s, h)
}

// refusesWork reports whether an answer refuses what an operation asked for, and not its key: of a
// status that may mean both, where another payload has the key, nobody knows.
func (ix *index) refusesWork(s *operationView, h *hit) bool {
	status := h.answer.Status
	keyed := slices.Contains(ix.contract.Promises.Mismatch, status) &&
		len(ix.byIdentity[s.identityKey]) > 1
	return slices.Contains(s.typ.Refused, status) && !keyed
}

// answers returns the requests that were answered with an outcome, in the order of their answers.
func (s *operationView) answers(o model.Outcome) (out []*hit) {
	for _, h := range s.hits {
		if h.answer != nil && h.outcome == o {
			out = append(out, h)
		}
	}
	return out
}

// shown returns the requests that were answered ok with the answer itself, and not just with the
// word that the operation was done before.
func (ix *index) shown(s *operationView) []*hit {
	return slices.DeleteFunc(s.answers(model.OK), func(h *hit) bool {
		return ix.acknowledges(s, h)
	})
}

// acknowledges reports whether an ok answer only says that the operation was done before.
func (ix *index) acknowledges(s *operationView, h *hit) bool {
	return ix.contract.SaysDone(h.answer.Status) && !slices.Contains(s.typ.OK, h.answer.Status)
}

// start is when the first attempt began.
func (s *operationView) start() time.Duration {
	if len(s.tries) == 0 {
		return never
	}
	return s.tries[0].invoked
}
