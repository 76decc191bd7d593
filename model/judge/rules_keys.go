package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// keyRequired: an operation whose key the contract refuses was accepted or executed.
func keyRequired(v *view) []verdict.Violation {
	return v.about(lists.Where(v.operations, v.keyRefused), func(s *operationView) string {
		if present, _ := v.spread(s); present == 0 && len(s.answers(model.OK)) == 0 {
			return ""
		}
		return fmt.Sprintf("operation %s was accepted although its key is %s", s.ID, s.KeyStyle)
	})
}

// payloadMismatch: a used key with another payload.
func payloadMismatch(v *view) []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		if v.repeats(s) == nil {
			continue
		}
		why := v.mismatched(s)
		if !v.holds(v.repeats(s), s) {
			why = v.bothTook(s)
		}
		if why != "" {
			out = append(out, v.withEffects(s, violation(fmt.Sprintf(
				"operation %s carries the key of %s with another payload and was %s",
				s.ID, v.repeats(s).ID, why), s, v.repeats(s))))
		} else if o, attempt := v.mixedUp(s); o != nil {
			out = append(out, v.withEffects(s, violation(fmt.Sprintf(
				"operations %s and %s carry one key with different payloads, and attempt %s was "+
					"answered with what belongs to the other one", o.ID, s.ID, attempt), s, o)))
		}
	}
	return out
}

// mixedUp returns an operation that came to the key of s before it, and the attempt at one of the
// two that was answered with what belongs to the other; without one, nil. Who came first may be
// answered wrongly too: its record may have been overwritten.
func (v *view) mixedUp(s *operationView) (earlier *operationView, attempt string) {
	if s.natural || v.contract.Promises.MismatchAnswer == "replayed" {
		return nil, ""
	}
	for _, o := range v.mates(s) {
		if v.of(o).place > v.of(s).place {
			continue
		}
		if h := s.answersOf(o); h != nil {
			return o, h.name(s)
		}
		for _, h := range o.answers(model.OK) {
			if o.shows(h, s) && !v.overtaken(o, h, s) {
				return o, h.name(o)
			}
		}
	}
	return nil, ""
}

// overtaken reports whether an ok answer to s may show what its key names as a later payload of the
// key left it: that one had come, and both may rightly have executed. Whether a repeat may show
// anything newer than the first answer is divergent-replay's.
func (v *view) overtaken(s *operationView, h *hit, later *operationView) bool {
	if v.of(s).place > v.of(later).place || h.end().before(later.arrival()) {
		return false
	}
	both := v.contract.Promises.MismatchAnswer == "executed" || v.windows(s, later) > 1
	return both && v.mayHaveExecuted(later)
}

// mismatched says how an operation was treated whose key was another payload's for sure, if the
// contract does not allow it, or "".
func (v *view) mismatched(s *operationView) string {
	promised := v.contract.Promises.MismatchAnswer
	present, _ := v.spread(s)
	switch {
	case (present > 0 || v.newAnswer(s)) && promised != "executed" && !v.elsewhere(s):
		return "executed"
	case s.answersOf(v.repeats(s)) != nil && promised != "replayed":
		return fmt.Sprintf("answered with the stored answer of %s", v.repeats(s).ID)
	}
	return ""
}

// bothTook says that two payloads were treated as if each were the first with their common key, or
// "": whichever had it, the other one was to be refused.
func (v *view) bothTook(s *operationView) string {
	first, promised := v.repeats(s), v.contract.Promises.MismatchAnswer
	if s.natural {
		return ""
	}
	if promised != "replayed" && s.answersOf(first) != nil {
		return fmt.Sprintf("answered with the answer of %s", first.ID)
	}
	if promised == "executed" || v.executions(s) == 0 || v.freed(s) {
		return ""
	}
	for _, o := range v.mates(s) {
		if v.executions(o) > 0 && v.windows(s, o) == 1 && !v.freed(o) && !v.otherRoute(s, o) {
			return fmt.Sprintf("executed, and so was %s", o.ID)
		}
	}
	return ""
}

// elsewhere reports whether s may be an operation of its own although it carries a used key: keys
// are private to a route, its path is another one, and that may be a route of its own.
func (v *view) elsewhere(s *operationView) bool {
	return v.repeats(s) != nil && v.otherRoute(s, v.repeats(s))
}

// otherRoute reports whether keys are private to a route and the paths of two operations may be
// two.
func (ix *index) otherRoute(a, b *operationView) bool {
	return ix.contract.Scoped("route") && a.Path != b.Path
}

// newAnswer reports whether an ok answer to s is not that of the operation that had its key for
// sure. Where stored answers are replayed to other payloads, what it shows tells.
func (v *view) newAnswer(s *operationView) bool {
	oks, stored := s.answers(model.OK), v.repeats(s).answers(model.OK)
	switch {
	case len(oks) == 0 || len(stored) == 0:
		return len(oks) > 0
	case v.contract.Promises.MismatchAnswer != "replayed":
		return s.answersOf(v.repeats(s)) == nil
	case v.acknowledges(v.repeats(s), stored[0]):
		return false // its answer was lost, and what it showed nobody knows
	}
	return slices.ContainsFunc(v.shown(s), func(h *hit) bool {
		return !slices.ContainsFunc(v.shown(v.repeats(s)), func(other *hit) bool {
			return v.mayBe(s, h.answer, other.answer)
		})
	})
}

// mayBe reports whether an ok answer to s may be another operation's, as the contract replays it.
func (ix *index) mayBe(s *operationView, a, stored *model.Answer) bool {
	p := ix.contract.Promises
	if a.Alike(stored, p.ReplayIgnore) {
		return true
	}
	if id := s.identity(a); id != "" {
		return id == s.identity(stored)
	}
	return !p.SameBodies()
}

// answersOf returns an ok answer to s that shows the identity (or, without identities, the whole
// body) of another operation's answer.
func (s *operationView) answersOf(o *operationView) *hit {
	for _, h := range s.answers(model.OK) {
		if s.shows(h, o) {
			return h
		}
	}
	return nil
}

// shows reports whether an ok answer to s shows the identity (or, without identities, the whole
// body) of another operation's answer.
func (s *operationView) shows(h *hit, o *operationView) bool {
	own := s.identity(h.answer)
	for _, other := range o.answers(model.OK) {
		id := o.identity(other.answer)
		if id != "" && id == own || (id == "" || own == "") &&
			h.answer.Body != "" && h.answer.Body == other.answer.Body &&
			o.CorrelationID != "" && mentions(h.answer.Body, o.CorrelationID) &&
			o.CorrelationID != s.CorrelationID {
			return true
		}
	}
	return false
}

// borrowed lists pairs: the owner of an answer, and an operation that was answered with it.
func (v *view) borrowed() [][2]*operationView { return v.lent.pairs }

// borrows reports whether an operation was answered with what belongs to another one.
func (v *view) borrows(s *operationView) bool { return v.lent.borrowers[s] }

// owner says which of two operations with one answer it belongs to: the one that has the effect, or
// else the one that was answered first.
func (v *view) owner(a, b *operationView) *operationView {
	if v.executions(a) != v.executions(b) {
		if v.executions(a) > v.executions(b) {
			return a
		}
		return b
	}
	if b.answers(model.OK)[0].answered < a.answers(model.OK)[0].answered {
		return b
	}
	return a
}

// foreign reports whether two operations belong to different tenants or routes.
func foreign(a, b *operationView) bool {
	return a.Tenant != b.Tenant || a.Route != b.Route || a.Method != b.Method
}

// foreignReplay: an answer that crossed from one tenant or route to another.
func foreignReplay(v *view) []verdict.Violation {
	crossed := func(pair [2]*operationView) bool { return foreign(pair[0], pair[1]) }
	return lists.Map(lists.Where(v.borrowed(), crossed), v.replayedAbroad)
}

func (v *view) replayedAbroad(pair [2]*operationView) verdict.Violation {
	a, b := pair[0], pair[1]
	return v.withEffects(b, violation(fmt.Sprintf(
		"operation %s (%s %s) was answered with what belongs to %s (%s %s)",
		b.ID, b.Tenant, b.Route, a.ID, a.Tenant, a.Route), b, a))
}

// overDeduplication: a new operation that was taken for an earlier one. Where only repeats show
// what belongs to another one, and differ from what came first, that is divergent-replay.
func overDeduplication(v *view) []verdict.Violation {
	var out []verdict.Violation
	for _, pair := range v.borrowed() {
		a, b := pair[0], pair[1]
		if !foreign(a, b) && (v.taken(a, b) || !v.diverges(a, b)) {
			out = append(out, v.withEffects(b, violation(fmt.Sprintf(
				"operation %s %s and was answered with what belongs to %s",
				b.ID, v.own(b), a.ID), b, a)))
		}
	}
	for _, s := range v.operations {
		if h := v.refusedForAnother(s); h != nil {
			out = append(out, v.withEffects(s, violation(v.howRefused(s, h), v.withTwins(s)...)))
		}
	}
	return append(out, v.unsettled(v.keptOutByTwin)...)
}

// keptOutByTwin says that a new operation gets nothing but the answer to a duplicate in flight,
// although none is: another operation had the same payload. Otherwise it returns "".
func (ix *index) keptOutByTwin(s *operationView, last *try) string {
	inFlight := func(a *model.Answer) bool {
		return a != nil && slices.Contains(ix.contract.Promises.InFlight, a.Status)
	}
	if slices.ContainsFunc(s.tries, func(t *try) bool { return !inFlight(t.answer) }) {
		return ""
	}
	for _, o := range ix.twins(s) {
		twins := o.Key != s.Key && o.Body == s.Body && o.Path == s.Path && !foreign(o, s)
		if twins && o.outcome == model.OK && ix.tookBefore(o, s) {
			return fmt.Sprintf("operation %s is new and is still answered %d; operation %s had its payload",
				s.ID, last.answer.Status, o.ID)
		}
	}
	return ""
}

// refusedForAnother returns the answer to a reused key or payload that a new operation got, or nil.
// An operation of which half a request arrived before may have been refused for that half: then it
// is no other operation's.
func (v *view) refusedForAnother(s *operationView) *hit {
	if !v.ordinary(s) && !v.unprotected(s) || s.KeyStyle.Malformed() || s.KeyStyle.Doubtful() {
		return nil
	}
	if slices.ContainsFunc(s.hits, func(h *hit) bool { return !h.complete }) {
		return nil
	}
	for _, h := range s.answers(model.Fail) {
		status := h.answer.Status
		contested := slices.ContainsFunc(v.contestants(s), func(o *operationView) bool {
			return !h.end().before(o.arrival())
		})
		if v.speaksOfAnother(s, status) && !slices.Contains(s.typ.Refused, status) && !contested {
			return h
		}
	}
	return nil
}

// speaksOfAnother reports whether a status means that the key or the payload of s was used before,
// which for the payload may be right.
func (ix *index) speaksOfAnother(s *operationView, status int) bool {
	p := ix.contract.Promises
	if slices.Contains(p.SameBody, status) {
		return !slices.ContainsFunc(ix.operations, func(o *operationView) bool {
			return o != s && !foreign(o, s) && o.Path == s.Path && o.Body == s.Body
		})
	}
	return slices.Contains(p.Mismatch, status)
}

// withTwins returns s and the operations it could have been confused with: same key elsewhere, or
// the same payload.
func (ix *index) withTwins(s *operationView) []*operationView {
	twins := slices.DeleteFunc(ix.twins(s), func(o *operationView) bool {
		return o == s || o.start() > s.start()
	})
	return slices.Concat([]*operationView{s}, inOrder(twins))
}

// twins lists the operations that have the key or the payload of s, s among them.
func (ix *index) twins(s *operationView) []*operationView {
	alike := ix.alike()
	return slices.Concat(
		alike[likeness{key: s.Key}], alike[likeness{body: s.Body, payload: true}])
}

// likenesses lists the operations by what they may have in common with others.
func (ix *index) likenesses() map[likeness][]*operationView {
	alike := map[likeness][]*operationView{}
	for _, o := range ix.operations {
		key, body := likeness{key: o.Key}, likeness{body: o.Body, payload: true}
		alike[key] = append(alike[key], o)
		alike[body] = append(alike[body], o)
	}
	return alike
}

// likeness is what two operations may have in common: a key, or a payload.
type likeness struct {
	key, body string
	payload   bool
}

// conflictLeak: a refusal that shows what another operation got.
func conflictLeak(v *view) []verdict.Violation {
	var out []verdict.Violation
	known := v.needles()
	for _, s := range v.operations {
		leaked := func(o *operationView) bool { return o != s && s.leaks(o) }
		for _, o := range lists.Where(s.suspects(known), leaked) {
			out = append(out, violation(fmt.Sprintf(
				"the refusal of operation %s shows the answer to %s", s.ID, o.ID), s, o))
		}
	}
	return out
}

// suspects lists the operations that refusals of s may speak of, in their order. Of refusals that
// are alike one is read.
func (s *operationView) suspects(known *needles) []*operationView {
	var out []*operationView
	read := ""
	for _, h := range s.hits {
		if h.answer == nil || h.outcome == model.OK || h.answer.Body == read {
			continue
		}
		read = h.answer.Body
		out = append(out, known.in(read)...)
	}
	return inOrder(out)
}

// leaks reports whether a refusal of s shows the identity of another operation's answer that s did
// not send.
func (s *operationView) leaks(o *operationView) bool {
	for _, other := range o.answers(model.OK) {
		if s.tells(o.identity(other.answer)) {
			return true
		}
	}
	return false
}

// tells reports whether a refusal names something that the operation itself did not name.
func (s *operationView) tells(id string) bool {
	return !mentions(s.Body, id) && !mentions(s.Path, id) &&
		slices.ContainsFunc(s.hits, func(h *hit) bool {
			return h.answer != nil && h.outcome != model.OK && mentions(h.answer.Body, id)
		})
}
