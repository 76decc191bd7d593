package judge

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// errorCaching: the last retries got one transient answer again and again, or a stored refusal gave
// way to an execution.
func errorCaching(v *view) []verdict.Violation {
	out := v.unsettled(func(s *operationView, _ *try) string {
		a := s.cached()
		if a == nil {
			return ""
		}
		return fmt.Sprintf("after everything healed, operation %s still gets the transient answer %s",
			s.ID, answerLine(a))
	})
	for _, s := range v.operations {
		if !v.ordinary(s) || v.renewed(s) {
			continue
		}
		if found := v.forgottenFailure(s); found != nil {
			out = append(out, *found)
		}
		if v.contract.Promises.Errors != "replayed" {
			continue
		}
		if refusal, ok := v.reconsidered(s); ok != nil {
			out = append(out, violation(fmt.Sprintf(
				"attempt %s was refused with %d and attempt %s was then executed",
				refusal.name(s), refusal.answer.Status, ok.name(s)), s))
		} else if found := v.reworded(s); found != nil {
			out = append(out, *found)
		}
	}
	return out
}

// reworded finds a stored refusal that a repeat got in another form: it was made anew.
func (ix *index) reworded(s *operationView) *verdict.Violation {
	if len(s.answers(model.OK)) > 0 {
		return nil
	}
	all := ix.replayable(s)
	for i := 1; i < len(all); i++ {
		later := all[i]
		first, grown := ix.counterpart(s, all[:i+1])
		if grown || later.answer.Body == "" && first.answer.Body != "" {
			continue // it has ended since, or is hollow
		}
		if why := ix.difference(s, first.answer, later.answer); why != "" && later.complete {
			found := violation(fmt.Sprintf("the refusal of attempt %s %s", later.name(s), why), s)
			found.Expected = []string{answerLine(first.answer)}
			found.Observed = []string{answerLine(later.answer)}
			return &found
		}
	}
	return nil
}

// reconsidered returns a stored refusal and an ok answer to a request that was sent after it.
func (ix *index) reconsidered(s *operationView) (refusal, ok *hit) {
	for _, f := range s.answers(model.Fail) {
		later := func(o *hit) bool { return ix.refusesWork(s, f) && f.answeredBefore(o) }
		if o, found := lists.First(s.answers(model.OK), later); found {
			return f, o
		}
	}
	return nil, nil
}

// lastFinal returns the last attempt after healing, or nil.
func (s *operationView) lastFinal() *try {
	for i := len(s.tries) - 1; i >= 0; i-- {
		if s.tries[i].final {
			return s.tries[i]
		}
	}
	return nil
}

// cached returns the transient answer that all attempts after healing got, when there were at least
// two and it is not the answer to a duplicate in flight.
func (s *operationView) cached() *model.Answer {
	var first *model.Answer
	n := 0
	for _, t := range s.tries {
		if !t.final {
			continue
		}
		if t.answer == nil || t.answer.Status < 429 {
			return nil
		}
		if first == nil {
			first = t.answer
		}
		if t.answer.Status != first.Status {
			return nil
		}
		n++
	}
	if n < 2 {
		return nil
	}
	return first
}

// virtual is the target's time at a moment of the case.
func (ix *index) virtual(at time.Duration) time.Duration {
	moved := at
	for _, e := range ix.clock {
		if e.At <= at {
			moved += e.Span
		}
	}
	return moved
}

// aged reports whether so much time passed between the requests of an operation that what its key
// did meanwhile is a matter of retention: the clock was moved, or more than half of it went by.
func (ix *index) aged(s *operationView) bool {
	if len(ix.clock) > 0 {
		return true
	}
	first, last := never, never
	for _, h := range s.hits {
		if h.sent == never || !h.complete {
			continue
		}
		if first == never || h.sent < first {
			first = h.sent
		}
		last = max(last, h.sent)
	}
	retention := ix.contract.Promises.Retention.Std()
	return retention > 0 && last-first > retention/2
}

// epochs counts the retention windows in which requests of an operation arrived: where an
// expired key executes as new, each window may execute once. A request that was sent inside of one
// and answered outside may have met its end. Requests without an answer and refused ones count too:
// nobody knows what the first did, and a stored refusal is forgotten with its key.
func (ix *index) epochs(s *operationView) int {
	if ix.contract.Promises.AfterRetention == "refused" {
		return 1
	}
	return ix.windows(s)
}

// renewed reports whether the key of an operation may have expired and been taken anew, by it or
// by another payload whose answer it gets: then what it is told later need not agree with what it
// was told before.
func (ix *index) renewed(s *operationView) bool {
	p, all := ix.contract.Promises, []*operationView{s}
	if p.MismatchAnswer == "replayed" {
		all = append(all, ix.mates(s)...)
	}
	return p.AfterRetention != "refused" && ix.windows(all...) > 1
}

// windows counts the retention windows in which requests of operations with one key may have been
// executed, one at least. A request is executed once at most, at some time between its arrival and
// its end, so that one that is at work for long may be in any of several. Where many are, the count
// may be too high; it is never too low.
func (ix *index) windows(operations ...*operationView) int {
	retention := ix.contract.Promises.Retention.Std()
	if retention == 0 {
		return 1
	}
	var whole []*hit
	long := false
	for _, s := range operations {
		for _, h := range s.hits {
			if h.sent != never && h.complete {
				whole = append(whole, h)
				long = long || ix.virtual(ix.ended(h))-ix.virtual(h.sent) > retention
			}
		}
	}
	if long && len(whole) <= maxMoved {
		return max(1, ix.inTurn(whole, retention))
	}
	n := 0
	for after := time.Duration(math.MinInt64); n < len(whole); n++ {
		at, found := ix.earliest(whole, after)
		if !found {
			break
		}
		after = at + retention
	}
	return max(n, 1)
}

// maxMoved bounds the requests of which every order of execution is tried.
const maxMoved = 10

// inTurn is how many of some requests may each be executed after the retention of the one before.
// For every choice of them it keeps the earliest moment at which all may be over.
func (ix *index) inTurn(hits []*hit, retention time.Duration) int {
	over := make([]time.Duration, 1<<len(hits))
	over[0] = math.MinInt64
	maxCount := 0
	for chosen := 1; chosen < len(over); chosen++ {
		over[chosen] = math.MaxInt64
		for i, h := range hits {
			before := over[chosen&^(1<<i)]
			if chosen&(1<<i) != 0 && ix.virtual(ix.ended(h)) > before {
				over[chosen] = min(over[chosen], max(ix.virtual(h.sent), before)+retention)
			}
		}
		if over[chosen] != math.MaxInt64 {
			maxCount = max(maxCount, bits.OnesCount(uint(chosen)))
		}
	}
	return maxCount
}

// earliest is the first moment from then on at which any of some requests may be executed.
func (ix *index) earliest(hits []*hit, from time.Duration) (at time.Duration, found bool) {
	for _, h := range hits {
		sent := max(ix.virtual(h.sent), from)
		if ix.virtual(ix.ended(h)) > from && (!found || sent < at) {
			at, found = sent, true
		}
	}
	return at, found
}

// ended is when a request was at work no more, as far as the wire saw it: at the end of the history
// when nobody saw that.
func (ix *index) ended(h *hit) time.Duration {
	if h.answered == never {
		return ix.end
	}
	return h.answered
}

// executedLate reports whether an operation executed again where its expired key was to be refused,
// and at most once in each window: no repeat executed too early.
func (v *view) executedLate(s *operationView) bool {
	return v.contract.Promises.AfterRetention == "refused" &&
		v.excess(s, 1, false) >= 0 && v.excess(s, v.windows(s), false) < 0
}

// lateAnswer: after the retention window a repeat gets what the contract declares, and nothing is
// executed where a refusal is declared, whoever got the answer.
func lateAnswer(v *view) []verdict.Violation {
	p := v.contract.Promises
	if p.Retention == 0 {
		return nil
	}
	var out []verdict.Violation
	told := map[*operationView]bool{}
	for _, s := range v.operations {
		if found := v.answeredLate(s); found != nil {
			out, told[s] = append(out, *found), true
		}
	}
	for _, s := range v.duplicated() {
		if v.executedLate(s) && !told[s] {
			out = append(out, v.withEffects(s, violation(fmt.Sprintf(
				"operation %s executed again after its retention of %s instead of being refused",
				s.ID, p.Retention), s)))
		}
	}
	return out
}

// answeredLate finds the first answer to an expired key that is not the declared one.
func (v *view) answeredLate(s *operationView) *verdict.Violation {
	oks := s.answers(model.OK)
	if len(oks) == 0 || !v.ordinary(s) {
		return nil
	}
	retention := v.contract.Promises.Retention
	for _, h := range s.hits {
		if h.answer == nil || !h.complete || ofCaller(h.answer.Status) || !v.expired(oks[0], h) ||
			v.contract.LeavesOpen(h.answer.Status) {
			continue
		}
		why := v.afterExpiry(s, oks[0], h)
		if why == "" {
			continue
		}
		found := violation(fmt.Sprintf(
			"attempt %s came after the retention of %s and was %s", h.name(s), retention, why), s)
		if v.executedLate(s) {
			found = v.withEffects(s, found)
		}
		return &found
	}
	return nil
}

// expired reports whether a request came after the retention of an answer.
func (ix *index) expired(first, h *hit) bool {
	retention := ix.contract.Promises.Retention.Std()
	return retention > 0 && ix.virtual(h.sent) > ix.virtual(first.answered)+retention
}

// afterExpiry says how an answer to an expired key breaks the promise, or "". Where nothing is
// declared, the key may as well be remembered for longer.
func (v *view) afterExpiry(s *operationView, first, h *hit) string {
	switch p := v.contract.Promises; p.AfterRetention {
	case "refused":
		if slices.Contains(p.Expired, h.answer.Status) {
			return ""
		}
		return fmt.Sprintf("answered %d instead of being refused", h.answer.Status)
	case "executed":
		if h.outcome == model.OK && v.repeated(s, first, h) {
			return "replayed instead of executed"
		}
		if v.turnedAway(s, h) {
			return fmt.Sprintf("refused with %d instead of executed", h.answer.Status)
		}
	}
	return ""
}

// turnedAway reports whether a whole request was refused, and neither for what it asked nor because
// another payload has its key, or another key its payload.
func (ix *index) turnedAway(s *operationView, h *hit) bool {
	status := h.answer.Status
	taken := slices.Contains(ix.contract.Promises.SameBody, status) && !ix.speaksOfAnother(s, status)
	return h.complete && h.outcome != model.OK && status >= 400 && status < 500 &&
		!slices.Contains(s.typ.Refused, status) && !ix.contested(s) && !taken &&
		!ix.failedForGood(s, h.answer)
}

// repeated reports whether a later ok answer is the first one again, or the word that there was
// one: it names the same thing, or it says that it is a replay and nothing executed since that it
// could be one of.
func (v *view) repeated(s *operationView, first, h *hit) bool {
	if id := s.identity(h.answer); id != "" && id == s.identity(first.answer) {
		return true
	}
	marked := h.answer.ReplayMarker && v.contract.Promises.ReplayMarker != nil
	if !marked && !v.acknowledges(s, h) || v.executions(s) > 1 {
		return false
	}
	others := v.contract.Promises.MismatchAnswer == "replayed" && len(v.mates(s)) > 0
	return v.counted(s) && !others || !v.workedSince(s, first, h)
}

// workedSince reports whether a request other than h whose execution an operation may be answered
// with was at work after its first answer.
func (ix *index) workedSince(s *operationView, first, h *hit) bool {
	all := []*operationView{s}
	if ix.contract.Promises.MismatchAnswer == "replayed" {
		all = append(all, ix.mates(s)...)
	}
	return slices.ContainsFunc(all, func(o *operationView) bool {
		return slices.ContainsFunc(o.hits, func(other *hit) bool {
			return other != h && other != first && (other.complete || other.sent == never) &&
				ix.ended(other) > first.answered
		})
	})
}
