package judge_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// heard is the end of an attempt as the wire saw it, or else its client.
func (o *bruteOp) heard(t *bruteTry) (*model.Answer, moment) {
	answer, at := t.answer, t.returned
	for _, r := range o.of(t.number) {
		if r.answer != nil && r.answered.seen() {
			answer, at = r.answer, r.answered
		}
	}
	return answer, at
}

// isStuck: after everything healed, and within the contract's bound, no definite answer.
func (r *bruteReading) isStuck(o *bruteOp) bool {
	last := o.lastFinal()
	if last == nil || r.healed == unseen || r.keyless(o) || o.outcome != model.Info ||
		some(o.requests, func(q *bruteRequest) bool { return q.final && q.said != model.Info }) {
		return false
	}
	answer, at := o.heard(last)
	late := at.seen() && at.at-r.healed >= r.patience() && r.meaning(o, answer) == model.Info
	if !late || r.slow(o, last) || r.excused(o, answer, at) {
		return false
	}
	return answer == nil && !r.unread || answer != nil && !r.rightForGood(o, answer)
}

// rightForGood: another payload has the key, or the answer may say that it was done.
func (r *bruteReading) rightForGood(o *bruteOp, a *model.Answer) bool {
	mismatch := slices.Contains(r.promises.Mismatch, a.Status)
	if mismatch && (r.repeats(o) != nil || r.contested(o)) {
		return true
	}
	if r.failsForGood(o, a) {
		return true
	}
	done := func(x *bruteOp) bool {
		return r.executions(x) > 0 &&
			(x == o || r.promises.MismatchAnswer == "replayed" && r.sameKey(x, o))
	}
	return r.twofold(a.Status) && (r.unread || !countable(o) || some(r.ops, done))
}

// slow: the last attempt was answered while another one was at work that came to its end.
func (r *bruteReading) slow(o *bruteOp, last *bruteTry) bool {
	ended := func(x *bruteRequest) bool {
		return x.said != model.Info || x.answer != nil && r.failsForGood(o, x.answer)
	}
	return some(o.of(last.number), func(q *bruteRequest) bool {
		return some(o.requests, func(x *bruteRequest) bool { return ended(x) && together(x, q) })
	})
}

// besides lists the requests that may have been at work together with one of an operation: those
// with its key, or all.
func (r *bruteReading) besides(o *bruteOp, q *bruteRequest, all bool) []*bruteRequest {
	var out []*bruteRequest
	for _, x := range r.ops {
		if all || x == o && o.name != "" || r.sameKey(x, o) {
			out = append(out, those(x.requests, func(y *bruteRequest) bool { return together(y, q) })...)
		}
	}
	return out
}

// excused: who asked is not let in; or none of the answers that ask to try again came when the key
// had been at rest for as long as the contract says, with nothing at work that may be the reason. A
// client that waits in vain is excused by other payloads under its key alone.
func (r *bruteReading) excused(o *bruteOp, answer *model.Answer, at moment) bool {
	rivals := those(r.ops, func(x *bruteOp) bool { return r.sameKey(x, o) })
	switch {
	case answer == nil:
		return some(rivals, func(x *bruteOp) bool {
			return some(x.requests, func(q *bruteRequest) bool {
				return q.whole && q.sent.seen() && at.at-r.gone(q) < r.patience()
			})
		})
	case slices.Contains([]int{401, 403, 407}, answer.Status) && !r.burnt(o, answer.Status):
		return true
	case !r.retries(answer.Status):
		return false
	case r.leased(o):
		return true
	}
	return !some(o.requests, func(q *bruteRequest) bool {
		return r.asksAgain(o, q) && r.lonely(o, q) && every(append(rivals, o), func(x *bruteOp) bool {
			return r.restsBefore(x, q)
		}) && q.sent.at-r.healed >= r.patience()
	})
}

// leased: nobody came back after the time that the first answer which asked to wait spoke of, and a
// second more. An answer that may be that of a failure need not be the first of them.
func (r *bruteReading) leased(o *bruteOp) bool {
	waits := those(o.requests, func(q *bruteRequest) bool {
		return r.toldToRetry(q) && strings.Trim(q.answer.Headers["Retry-After"], "0") != ""
	})
	sure := func(q *bruteRequest) bool { return r.asksAgain(o, q) }
	if i := slices.IndexFunc(waits, sure); i >= 0 {
		waits = waits[:i+1]
	}
	return some(waits, func(q *bruteRequest) bool {
		n, err := strconv.Atoi(q.answer.Headers["Retry-After"])
		return err != nil || o.lastFinal().invoked.at < q.answered.at+time.Duration(n+1)*time.Second
	})
}

// toldToRetry: after everything healed a whole request got an answer that may ask to try again.
func (r *bruteReading) toldToRetry(q *bruteRequest) bool {
	return q.final && q.whole && q.answer != nil && r.retries(q.answer.Status)
}

// asksAgain: such a request was asked to try again, and the answer cannot be that of what failed.
func (r *bruteReading) asksAgain(o *bruteOp, q *bruteRequest) bool {
	return r.toldToRetry(q) && !r.failsForGood(o, q.answer)
}

// lonely: nothing was at work that may be the reason for an answer that asks to try again: with the
// same key where it says that one is in flight, or else anything.
func (r *bruteReading) lonely(o *bruteOp, q *bruteRequest) bool {
	p := r.promises
	anything := slices.Contains(p.Transient, q.answer.Status) || !slices.Contains(p.InFlight, q.answer.Status)
	return len(r.besides(o, q, anything)) == 0
}

// restsBefore: what an operation had at work ended long before a request was sent, or later. An
// answer that asks to try again was no work.
func (r *bruteReading) restsBefore(o *bruteOp, q *bruteRequest) bool {
	return every(o.requests, func(x *bruteRequest) bool {
		return x == q || r.asksAgain(o, x) || r.gone(x) > q.sent.at || q.sent.at-r.gone(x) >= r.patience()
	})
}

// isReopened: settled, and to the end told nothing, to wait or to try again while nothing is at work.
func (r *bruteReading) isReopened(o *bruteOp) bool {
	final, done := o.lastFinal(), r.lastWord(o)
	if done == nil || final == nil || !r.ordinary(o) || r.contested(o) || !r.oneLife(o) {
		return false
	}
	mine := o.of(final.number)
	if len(mine) == 0 {
		return false
	}
	last := mine[len(mine)-1]
	if last.said != model.Info || !last.whole || !before(done, last) {
		return false
	}
	if last.answer == nil {
		patient := final.returned.seen() && final.returned.at-final.invoked.at >= r.patience()
		return patient && (!last.answered.seen() || o.gone(last)) && !r.unread && len(r.besides(o, last, true)) == 0
	}
	status := last.answer.Status
	waited := last.answered.at - max(r.healed, done.answered.at)
	if !r.lonely(o, last) || r.leased(o) {
		return false
	}
	return slices.Contains(r.promises.InFlight, status) && !r.twofold(status) ||
		(slices.Contains(r.promises.Transient, status) || r.burnt(o, status)) && waited >= r.patience()
}

// settling lists the answers that settle an operation: acknowledgements, and refusals that are kept.
func (b *bruteCase) settling(o *bruteOp) []*bruteRequest {
	kept := func(r *bruteRequest) bool {
		return b.promises.Errors == "replayed" && !b.keyless(o) && b.refusesWork(o, r)
	}
	return slices.Concat(o.oks, those(o.refusals, kept))
}

// lastWord is the last acknowledgement, or else the last refusal that is kept.
func (b *bruteCase) lastWord(o *bruteOp) *bruteRequest {
	all := o.oks
	if len(all) == 0 {
		all = b.settling(o)
	}
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// execution is one execution of an operation in an order of all.
type execution struct {
	op *bruteOp
	// answer is an ok answer that it must have given, or nil.
	answer *model.Answer
	// from and to bound when it was; to is noEnd when nobody saw that.
	from, to time.Duration
}

// noEnd is later than everything.
const noEnd = time.Duration(1<<63 - 1)

// someOrderExplains tries every number of executions and every order of them.
func (r *bruteReading) someOrderExplains() bool {
	return r.explains(0, nil)
}

// explains adds the executions of the operations from number i on.
func (r *bruteReading) explains(i int, all []execution) bool {
	if i == len(r.ops) {
		return r.inOrder(r.initial, all)
	}
	o := r.ops[i]
	minRuns, maxRuns := r.fates(o)
	for n := minRuns; n <= maxRuns; n++ {
		another := func(shows int) bool {
			return r.explains(i+1, slices.Concat(all, r.executionsOf(o, n, shows)))
		}
		if another(0) || n > 1 && another(1) {
			return true
		}
	}
	return false
}

// fates says how often an operation may have executed: the ledger tells, or else its answers.
func (r *bruteReading) fates(o *bruteOp) (minRuns, maxRuns int) {
	if countable(o) && !r.unread {
		return r.executions(o), r.executions(o)
	}
	if o.outcome == model.Fail {
		return 0, 0
	}
	maxRuns = r.allowed(o)
	if r.keyless(o) {
		maxRuns = o.able()
	}
	if len(o.oks) > 0 && !r.mayBorrow(o) {
		return 1, max(1, maxRuns)
	}
	return 0, maxRuns
}

// mayBorrow: what it was answered first may be the answer to another payload, which had come and
// executed: to one that had the key before, or has it since the key expired.
func (r *bruteReading) mayBorrow(o *bruteOp) bool {
	return r.promises.MismatchAnswer == "replayed" && len(o.oks) > 0 &&
		(r.repeats(o) != nil || !r.oneLife(o)) && some(r.ops, func(x *bruteOp) bool {
		return r.sameKey(x, o) && x.arrival().before(o.oks[0].answered) && r.mayHaveExecuted(x)
	})
}

// mayHaveExecuted: no ledger shows that it did not.
func (r *bruteReading) mayHaveExecuted(o *bruteOp) bool {
	return r.unread || !countable(o) || r.executions(o) > 0
}

// executionsOf places n executions: the first acknowledgement follows the first of them. The first
// that shows an answer shows what one of them did: the same, unless the other one only said "done".
func (r *bruteReading) executionsOf(o *bruteOp, n, shows int) []execution {
	out := make([]execution, n)
	for i := range out {
		out[i] = execution{op: o, from: r.earliest(o), to: noEnd}
	}
	if n == 0 || len(o.oks) == 0 || r.mayBorrow(o) {
		return out
	}
	out[0].to = max(out[0].from, o.oks[0].answered.at)
	if shown := r.shown(o); len(shown) > 0 && r.sameStatus() {
		if shown[0] == o.oks[0] {
			shows = 0
		}
		e := &out[shows]
		e.answer, e.to = shown[0].answer, min(e.to, max(e.from, shown[0].answered.at))
	}
	return out
}

// earliest is when the first whole request came.
func (r *bruteReading) earliest(o *bruteOp) time.Duration {
	if len(o.requests) == 0 {
		return max(o.start().at, 0)
	}
	return max(o.arrival().at, 0)
}

// inOrder tries every order that real time leaves open.
func (r *bruteReading) inOrder(state model.State, left []execution) bool {
	if len(left) == 0 {
		return r.endsIn(state)
	}
	for i, e := range left {
		rest := slices.Concat(left[:i], left[i+1:])
		if some(rest, func(x execution) bool { return x.to < e.from }) {
			continue
		}
		next, answer, ok := r.spec.Apply(state, &e.op.Operation)
		if ok && promised(e.answer, answer) && r.inOrder(next, rest) {
			return true
		}
	}
	return false
}

// endsIn compares the variables that were known at the beginning and seen at the end.
func (r *bruteReading) endsIn(state model.State) bool {
	for name, want := range r.final {
		if got, known := state[name]; known && asText(got) != asText(want) {
			return false
		}
	}
	return true
}

// promised compares an answer with the fields that the specification promises.
func promised(a *model.Answer, fields map[string]any) bool {
	for name, want := range fields {
		if a != nil && member(a.Body, name) != asText(want) {
			return false
		}
	}
	return true
}
