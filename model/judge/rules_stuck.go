package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// stuckKey: after everything healed, the last retries got no definite answer, or an operation
// that was settled is told nothing, or that it is in flight, and nothing is. A replay with the
// wrong status frees the caller all the same: that is divergent.
func stuckKey(v *view) []verdict.Violation {
	out := v.unsettled(func(s *operationView, last *try) string {
		if s.cached() != nil || v.ordinary(s) && v.impossible(last.answer) {
			return ""
		}
		hungUp := s.KeyStyle == model.KeyHuge && last.err != "timeout" // before it had read the key
		if last.answer == nil && (len(v.reasons) > 0 || hungUp) {
			return "" // what else went wrong may be why nobody answers
		}
		if last.answer == nil {
			return fmt.Sprintf("after everything healed, operation %s still gets no answer (%s)",
				s.ID, last.err)
		}
		return fmt.Sprintf("after everything healed, operation %s is still answered %d",
			s.ID, last.answer.Status)
	})
	for _, s := range v.operations {
		first, h := v.reopened(s)
		if h == nil {
			continue
		}
		said, observed := "gets no answer", "no answer"
		if h.answer != nil {
			said, observed = fmt.Sprintf("is answered %d", h.answer.Status), answerLine(h.answer)
		}
		found := violation(fmt.Sprintf("attempt %s %s although attempt %s was %s and nothing is at work",
			h.name(s), said, first.name(s), first.settles()), s)
		found.Expected = []string{answerLine(first.answer)}
		found.Observed = []string{observed}
		found.Timed = true
		out = append(out, found)
	}
	return out
}

// reopened returns the answer that settled an operation and its last request, when that is told
// that the operation is in flight or may be tried again, as all were since, or is told nothing, and
// no other request that may be the reason was at work. Silence, and an answer that asks to try
// again, must have had the time to recover.
func (v *view) reopened(s *operationView) (first, last *hit) {
	first, final := v.settled(s), s.lastFinal()
	if first == nil || final == nil || !v.ordinary(s) || v.contested(s) || v.renewed(s) {
		return nil, nil
	}
	for _, h := range s.hits {
		if h.attempt == final.number {
			last = h
		}
	}
	switch {
	case last == nil || last.outcome != model.Info || !last.complete || !first.answeredBefore(last):
		return nil, nil
	case last.answer == nil:
		if !v.mute(s, final, last) {
			return nil, nil
		}
		return first, last
	case !v.alone(s, last), v.unseen(s) && v.stuckFor(s) < v.contract.Recovery():
		return nil, nil
	}
	status, p := last.answer.Status, v.contract.Promises
	waited := last.answered - max(v.healed, first.answered)
	inFlight := slices.Contains(p.InFlight, status) && !v.contract.Ambiguous(status)
	renews := v.contract.Renews(s.Tenant, status)
	again := (renews || slices.Contains(p.Transient, status)) && waited >= v.contract.Recovery()
	if !inFlight && !again {
		return nil, nil
	}
	if renews && !v.letIn[s.Tenant+"/"] {
		v.excuses = append(v.excuses, shutOut(s, status))
		return nil, nil
	}
	if held := v.heldBeyond(s, last.sent); held != "" {
		v.excuses = append(v.excuses, held)
		return nil, nil
	}
	return first, last
}

// settled returns the last acknowledgement of an operation, or else the last of its refusals that
// are stored, or nil.
func (ix *index) settled(s *operationView) *hit {
	all := s.answers(model.OK)
	if len(all) == 0 {
		all = slices.DeleteFunc(s.answers(model.Fail), func(h *hit) bool { return !ix.takes(s, h) })
	}
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// mute reports whether the client of a request waited in vain for as long as a key may be silent,
// while nothing else was at work.
func (v *view) mute(s *operationView, t *try, h *hit) bool {
	silent := h.cut || h.answered == never || s.left(h)
	return silent && t.returned-t.invoked >= v.contract.Recovery() && len(v.reasons) == 0 &&
		len(v.beside(s, h, true)) == 0
}

// beside lists the other whole requests that may have been at work together with one of s: those
// with its key, or all.
func (ix *index) beside(s *operationView, h *hit, all bool) []*hit {
	var out []*hit
	others := ix.byIdentity[s.identityKey]
	if all {
		others = ix.operations
	}
	for _, o := range others {
		if o != s && !all && !ix.sameKey(o, s) {
			continue
		}
		for _, other := range o.hits {
			if other != h && !other.cut && other.overlaps(h) {
				out = append(out, other)
			}
		}
	}
	return out
}

// unsettled reports operations that the retries after healing could not settle within the
// contract's bound.
func (v *view) unsettled(why func(s *operationView, last *try) string) []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		last := s.lastHeard()
		if last == nil || !v.overdue(s, last) || v.explained(s, last.answer) {
			continue
		}
		message := why(s, last)
		if message == "" || v.slow(s, last) {
			continue
		}
		if doubt := v.excuse(s, last); doubt != "" {
			v.excuses = append(v.excuses, doubt)
			continue
		}
		found := violation(message, s)
		found.Timed = true
		out = append(out, found)
	}
	return out
}

// lastHeard returns the last attempt after healing as the wire saw its end, or nil: an answer that
// came after its client had given up is an answer, and when the client learned of one is no matter
// of the service's.
func (s *operationView) lastHeard() *try {
	last := s.lastFinal()
	if last == nil {
		return nil
	}
	heard := *last
	for _, h := range s.hits {
		if h.attempt == last.number && h.answer != nil && h.answered != never {
			heard.answer, heard.returned = h.answer, h.answered
		}
	}
	return &heard
}

// overdue reports whether an operation should have had a definite answer by its last attempt, and
// had none since everything healed.
func (ix *index) overdue(s *operationView, last *try) bool {
	if ix.healed == never || s.outcome != model.Info || last.returned == never || ix.unprotected(s) {
		return false
	}
	definite := slices.ContainsFunc(s.hits, func(h *hit) bool {
		return h.final && h.outcome != model.Info
	})
	return !definite && last.returned-ix.healed >= ix.contract.Recovery() &&
		ix.contract.Outcome(s.Operation, last.answer) == model.Info
}

// slow reports whether an attempt was answered while another one was at work that then came to a
// definite end, or failed as it may: the service was slow, its key was not stuck.
func (ix *index) slow(s *operationView, last *try) bool {
	return slices.ContainsFunc(s.hits, func(h *hit) bool {
		return h.attempt == last.number && slices.ContainsFunc(s.hits, func(o *hit) bool {
			ended := o.outcome != model.Info || ix.failedForGood(s, o.answer)
			return o != h && ended && o.overlaps(h)
		})
	})
}

// excuse says why an open answer to the last attempt of an operation may be right all the same, or
// "": its credentials are refused, or a request with its key was at work so lately that the
// contract's bound was not over.
func (ix *index) excuse(s *operationView, last *try) string {
	if a := last.answer; a != nil && !ix.estranged(s, last) &&
		ix.contract.ShutsOut(s.Tenant, a.Status, ix.letIn[s.Tenant+"/"]) {
		return shutOut(s, a.Status)
	}
	if last.answer != nil && !ix.contract.Retryable(last.answer.Status) {
		return ""
	}
	if held := ix.heldBeyond(s, last.invoked); held != "" {
		return held
	}
	if last.answer == nil {
		return ix.silence(s, last)
	}
	if ix.stuckFor(s) >= ix.contract.Recovery() {
		return ""
	}
	return fmt.Sprintf("operation %s got no definite answer, but whenever it asked its bound was not "+
		"over, or other requests were at work: raise promises.recovery, or run on a calmer machine",
		s.ID)
}

// estranged reports whether an operation is shut out because a stranger came with its key first:
// its own credentials were refused, and then let another operation of its type in, before it was
// refused again to the end.
func (ix *index) estranged(s *operationView, last *try) bool {
	refused, strange := 0, func(t *try) bool { return t.stranger }
	for _, t := range s.tries {
		if !t.stranger && t.answer != nil && refused == 0 {
			refused = t.to
		}
	}
	if refused == 0 || !slices.ContainsFunc(s.tries, strange) {
		return false
	}
	return slices.ContainsFunc(ix.operations, func(o *operationView) bool {
		like := o != s && o.Tenant == s.Tenant && o.Type == s.Type
		return like && !slices.ContainsFunc(o.tries, strange) &&
			slices.ContainsFunc(o.hits, func(h *hit) bool {
				return h.outcome != model.Info && refused < h.sentPlace && h.sentPlace < last.from
			})
	})
}

// shutOut says that an operation is told to the end that its caller is not let in.
func shutOut(s *operationView, status int) string {
	return fmt.Sprintf("operation %s is answered %d to the end: its credentials are refused; renew "+
		"them (session.login, session.headers, session.renew_on), or run shorter", s.ID, status)
}

// stuckFor is for how long the answers to an operation showed that its key is stuck: how long its
// key had been at rest when it was asked for alone. Where it may be that a request whose
// connection was cut is still at work unseen, the time counts for which the service was seen to go
// on answering.
func (ix *index) stuckFor(s *operationView) time.Duration {
	maxWait, since, last := time.Duration(0), never, never
	unseen := ix.unseen(s)
	for _, h := range s.hits {
		if !ix.open(s, h) || !ix.alone(s, h) {
			continue
		}
		stood := last == never || h.answered-last > ix.contract.Recovery()/2
		if last = h.answered; stood || since == never {
			since = max(h.sent, h.answered-ix.contract.Recovery()/2)
		}
		if unseen {
			maxWait = max(maxWait, h.sent-max(since, ix.quiet(s, h)))
		} else {
			maxWait = max(maxWait, h.sent-ix.quiet(s, h))
		}
	}
	return maxWait
}

// unseen reports whether a request with the key of an operation may be at work although nobody sees
// it: its connection was cut.
func (ix *index) unseen(s *operationView) bool {
	return slices.ContainsFunc(append(ix.mates(s), s), (*operationView).cut)
}

// cut reports whether a connection with a request of the operation was ended under the service.
func (s *operationView) cut() bool {
	return slices.ContainsFunc(s.hits, func(h *hit) bool { return h.cut })
}

// open reports whether an answer after everything healed asks to try again, and cannot be that of
// an operation that failed: such an answer ends work, and says nothing about the key.
func (ix *index) open(s *operationView, h *hit) bool {
	return ix.asked(h) && !ix.failedForGood(s, h.answer)
}

// asked reports whether a request after everything healed was asked to try again.
func (ix *index) asked(h *hit) bool {
	return h.final && h.complete && h.answer != nil && ix.contract.Retryable(h.answer.Status)
}

// alone reports whether nothing that may be the reason for an answer that asks to try again was at
// work at any moment at which it may have been given: requests with the same key where it says that
// one is in flight, else any.
func (ix *index) alone(s *operationView, h *hit) bool {
	inFlight := slices.Contains(ix.contract.Promises.InFlight, h.answer.Status)
	busy := slices.Contains(ix.contract.Promises.Transient, h.answer.Status)
	return len(ix.beside(s, h, busy || !inFlight)) == 0
}

// quiet is since when the key of an operation had been at rest when a request with it was sent:
// since everything healed, or since the end of the last other work. Answers that ask to try again
// are no work.
func (ix *index) quiet(s *operationView, h *hit) time.Duration {
	since := ix.healed
	for _, o := range append(ix.mates(s), s) {
		for _, other := range o.hits {
			if end := ix.ended(other); other != h && !ix.open(o, other) && end <= h.sent {
				since = max(since, end)
			}
		}
	}
	return since
}

// silence says why an operation that was not answered to the end need not be stuck, or "": another
// request with its key was at work so lately that its bound was not over.
func (ix *index) silence(s *operationView, last *try) string {
	if last.returned-ix.lastWork(s) >= ix.contract.Recovery() {
		return ""
	}
	return fmt.Sprintf("operation %s got no answer to the end, and requests with its key were at "+
		"work: raise promises.recovery, or run on a calmer machine", s.ID)
}

// lastWork is when the last request with the key of an operation ended, after everything healed.
func (ix *index) lastWork(s *operationView) time.Duration {
	since := ix.healed
	for _, o := range ix.mates(s) {
		for _, h := range o.hits {
			if h.complete && h.sent != never {
				since = max(since, ix.ended(h))
			}
		}
	}
	return since
}

// ofCaller reports whether a status speaks of the caller or of too much traffic, and not of the
// operation.
func ofCaller(status int) bool { return slices.Contains([]int{401, 403, 407, 408, 429}, status) }

// explained reports whether an answer that leaves open what it means is right for good: the
// operation was done or failed, or another payload has its key. Where no ledger tells, the case is
// unknown.
func (v *view) explained(s *operationView, a *model.Answer) bool {
	if a == nil {
		return false
	}
	if v.failedForGood(s, a) {
		return true
	}
	mismatch := slices.Contains(v.contract.Promises.Mismatch, a.Status)
	if mismatch && (v.repeats(s) != nil || v.contested(s)) {
		return true
	}
	if !v.contract.Ambiguous(a.Status) {
		return false
	}
	if !s.hasLedger() || len(v.reasons) > 0 {
		v.reasons = append(v.reasons, fmt.Sprintf(
			"operation %s is answered %d for good, and no ledger tells whether it was done",
			s.ID, a.Status))
		return true
	}
	return v.executions(s) > 0 || v.contract.Promises.MismatchAnswer == "replayed" &&
		slices.ContainsFunc(v.mates(s), func(o *operationView) bool { return v.executions(o) > 0 })
}

// heldBeyond says that the last request of an operation was sent before the end of the time that
// the service asked to wait when it was first tried after healing, or "". One wait must be enough,
// however often it is asked for; what a failure asks for is not that of a key that is held.
func (ix *index) heldBeyond(s *operationView, sent time.Duration) string {
	for _, h := range s.hits {
		wait := h.answer.Wait()
		if !ix.asked(h) || wait == 0 {
			continue
		}
		if sent >= h.answered+wait && ix.failedForGood(s, h.answer) {
			continue
		}
		if sent >= h.answered+wait {
			return ""
		}
		return fmt.Sprintf("operation %s is asked to wait (%d, Retry-After: %s) for longer than was "+
			"waited: set promises.recovery to the longest that a key is held",
			s.ID, h.answer.Status, h.answer.Headers["Retry-After"])
	}
	return ""
}
