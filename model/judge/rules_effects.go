package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// allowed is how often an operation may have executed: without a key as often as its requests may
// have been, else once in every retention window, and after failures that are executed again; each
// request once.
func (ix *index) allowed(s *operationView) int {
	if ix.unprotected(s) {
		return s.executable()
	}
	again, once := ix.reruns(s), ix.epochs(s)
	if again == 0 {
		return once
	}
	able := again
	for _, h := range s.hits {
		if ix.mayHaveDone(s, h) {
			able++
		}
	}
	return max(once, min(again+once, able))
}

// executable counts the requests of an operation that may each have executed: all that arrived and
// were not refused, and those of attempts of which only the client's side was seen.
func (s *operationView) executable() int {
	unseen := func(t *try) bool { return t.answer == nil && !s.reached(t.number) }
	whole := func(h *hit) bool {
		return (h.complete || h.sent == never || h.outcome == model.OK) && h.outcome != model.Fail
	}
	return len(lists.Where(s.tries, unseen)) + len(lists.Where(s.hits, whole))
}

// duplicated lists the operations with an effect too many.
func (v *view) duplicated() []*operationView {
	return lists.Where(v.operations, func(s *operationView) bool {
		return !v.keyRefused(s) && v.excess(s, v.allowed(s), false) >= 0
	})
}

// plainRepeat reports whether the duplicates need no fault to explain them: requests came one after
// another, the client had the ok answer to each before the next was sent, and every one executed,
// for no two answers are one.
func (v *view) plainRepeat(s *operationView) bool {
	if len(s.hits) < 2 || v.executions(s) < len(s.hits) || s.answersAlike() > 1 {
		return false
	}
	for i, a := range s.hits {
		if t := s.try(a.attempt); a.outcome != model.OK || a.number > 1 ||
			t == nil || t.answer == nil || s.fromNetwork(t) {
			return false
		}
		if slices.ContainsFunc(s.hits[:i], a.overlaps) {
			return false
		}
	}
	return true
}

// answersAlike counts the ok answers that name one thing, or are one where answers name nothing:
// the most frequent one.
func (s *operationView) answersAlike() int {
	count, maxCount := map[string]int{}, 0
	for _, h := range s.answers(model.OK) {
		name := cmp.Or(s.identity(h.answer), h.answer.Body)
		count[name]++
		maxCount = max(maxCount, count[name])
	}
	return maxCount
}

// ignoresKey reports whether plain repeats explain the duplicates of an operation whose key is
// sent.
func (v *view) ignoresKey(s *operationView) bool {
	return !v.aged(s) && !s.natural && !v.unprotected(s) && v.plainRepeat(s)
}

// keyIgnored: duplicates that plain repeats explain.
func keyIgnored(v *view) []verdict.Violation {
	return v.about(lists.Where(v.duplicated(), v.ignoresKey), func(s *operationView) string {
		return fmt.Sprintf("operation %s was repeated %s after its answer and executed every time, "+
			"as if it had no key", s.ID, times(len(s.answers(model.OK))-1))
	})
}

// times says how often something happened.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// earlyExpiry: duplicates after the clock moved or much of the window went by, still inside it, and
// refusals that say that it is over. What executed after it is late-answer's.
func earlyExpiry(v *view) []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.duplicated() {
		if v.aged(s) && !v.unprotected(s) && !v.executedLate(s) {
			out = append(out, v.withEffects(s, violation(fmt.Sprintf(
				"operation %s executed again inside its retention of %s",
				s.ID, v.contract.Promises.Retention), s)))
		}
	}
	for _, s := range v.operations {
		if h := v.expiredInside(s); h != nil && v.ordinary(s) {
			out = append(out, violation(fmt.Sprintf(
				"attempt %s was refused with %d, as if its retention of %s were over",
				h.name(s), h.answer.Status, v.contract.Promises.Retention), s))
		}
	}
	return out
}

// expiredInside returns a request that was told, while the key was still to be remembered, that it
// had expired.
func (ix *index) expiredInside(s *operationView) *hit {
	p := ix.contract.Promises
	for _, h := range s.hits {
		if p.AfterRetention == "refused" && p.Retention > 0 && h.answer != nil &&
			slices.Contains(p.Expired, h.answer.Status) && h.outcome == model.Fail &&
			ix.virtual(h.answered)-ix.virtual(max(s.start(), 0)) < p.Retention.Std() {
			return h
		}
	}
	return nil
}

// duplicateEffect: every other duplicate.
func duplicateEffect(v *view) []verdict.Violation {
	others := lists.Where(v.duplicated(), func(s *operationView) bool {
		return (!v.aged(s) || v.unprotected(s)) && !v.ignoresKey(s)
	})
	return append(v.about(others, v.howDuplicated), v.repeatedFailures()...)
}

// howDuplicated says how an operation came by an effect too many, as far as its answers show.
func (v *view) howDuplicated(s *operationView) string {
	i := v.excess(s, v.allowed(s), false)
	items := strings.TrimSpace(fmt.Sprintf("%d %s", len(v.found(s)[i]), s.Effects[i].Kind))
	switch oks := len(s.answers(model.OK)); {
	case v.allowed(s) == 0:
		return fmt.Sprintf("operation %s left %s effects, and no whole request of it that was not "+
			"refused arrived", s.ID, items)
	case len(s.hits) == 1:
		return fmt.Sprintf("one request of operation %s left %s effects instead of one", s.ID, items)
	case oks > 1 && oks == len(s.hits) && s.answersAlike() == oks:
		return fmt.Sprintf("operation %s left %s effects instead of one, although all of its %d answers "+
			"are those of one execution", s.ID, items, oks)
	}
	return fmt.Sprintf("%d attempts of operation %s left %s effects instead of one",
		len(s.tries), s.ID, items)
}

// replaySideEffect: somebody was told more than once.
func replaySideEffect(v *view) []verdict.Violation { return v.about(v.operations, v.toldAgain) }

func (v *view) toldAgain(s *operationView) string {
	i := v.excess(s, max(1, v.executions(s)), true)
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("operation %s executed once and sent %d %s notifications",
		s.ID, len(v.found(s)[i]), s.Effects[i].Kind)
}

// standsAlone reports whether an operation is judged by itself: it has a key of its own or needs
// none, or it may have one; or the contract executes another payload under a used key.
func (v *view) standsAlone(s *operationView) bool {
	if v.keyRefused(s) {
		return false
	}
	return v.repeats(s) == nil || v.unclear(s) || v.elsewhere(s) ||
		v.contract.Promises.MismatchAnswer == "executed"
}

// judgeable lists operations whose missing effects mean something: ordinary ones, those that need
// no key, and those whose key may as well have been their own, with readable ledgers.
func (v *view) judgeable() []*operationView {
	if len(v.reasons) > 0 {
		return nil
	}
	return lists.Where(v.operations, func(s *operationView) bool {
		return v.standsAlone(s) && !s.toldOf(v.repeats(s)) && !v.answeredForAnother(s)
	})
}

// toldOf reports whether an operation got the answer to the one whose key it repeats: that is the
// mistake.
func (s *operationView) toldOf(first *operationView) bool {
	return first != nil && !s.natural && s.answersOf(first) != nil
}

// partialEffect: all or nothing was broken. Effects of a refused operation are phantoms.
func partialEffect(v *view) []verdict.Violation {
	if len(v.reasons) > 0 {
		return nil
	}
	return v.about(v.operations, v.partial)
}

func (v *view) partial(s *operationView) string {
	present, missing := v.spread(s)
	if v.keyRefused(s) || s.outcome == model.Fail || present == 0 || missing == 0 && !v.uneven(s) {
		return ""
	}
	return fmt.Sprintf("operation %s left %s", s.ID, s.half(present, missing))
}

// half says which part of its effects an operation left.
func (s *operationView) half(present, missing int) string {
	if missing > 0 {
		return fmt.Sprintf("%d of its %d effects", present, present+missing)
	}
	return "one of its effects more often than another"
}

// uneven reports whether an operation that may execute several times left one effect more often
// than another. Where it may execute once, what is too many is a duplicate.
func (v *view) uneven(s *operationView) bool {
	maxCount := v.allowed(s)
	return maxCount > 1 && slices.ContainsFunc(v.found(s), func(items []*model.Effect) bool {
		return len(items) < v.executions(s)
	}) && v.excess(s, maxCount, false) < 0
}

// lostEffect: acknowledged, and nothing there. An answer that belongs to another operation
// acknowledged this one all the same.
func lostEffect(v *view) []verdict.Violation { return v.about(v.judgeable(), v.lost) }

func (v *view) lost(s *operationView) string {
	present, missing := v.spread(s)
	if s.outcome != model.OK || present > 0 || missing == 0 {
		return ""
	}
	return fmt.Sprintf("operation %s was acknowledged with %d and left no effect",
		s.ID, s.answers(model.OK)[0].answer.Status)
}

// phantomEffect: refused, and there all the same. What repeats the key of another operation for
// sure is a payload-mismatch.
func phantomEffect(v *view) []verdict.Violation { return v.about(v.operations, v.phantom) }

func (v *view) phantom(s *operationView) string {
	present, _ := v.spread(s)
	if s.outcome != model.Fail || present == 0 || !v.standsAlone(s) {
		return ""
	}
	return fmt.Sprintf("operation %s was refused with %d and left an effect",
		s.ID, s.answers(model.Fail)[0].answer.Status)
}

// orphanEffect: an effect nobody asked for.
func orphanEffect(v *view) []verdict.Violation {
	return lists.Map(v.orphans, v.orphaned)
}

// orphaned makes a finding of an effect that belongs to no operation.
func (v *view) orphaned(o orphan) verdict.Violation {
	found := violation("an effect belongs to no operation: "+o.why, v.named(o)...)
	found.Observed = []string{describeEffect(*o.effect)}
	if o.nearest != nil {
		found.Expected = lists.Map(o.nearest.Effects, onlyOnce)
	}
	return found
}

// named lists the operation an orphan speaks of.
func (ix *index) named(o orphan) []*operationView {
	if o.nearest == nil {
		return nil
	}
	return []*operationView{o.nearest}
}

// about makes a finding, with its effects, of each operation of which there is something to say.
func (v *view) about(
	operations []*operationView, wrong func(*operationView) string,
) (out []verdict.Violation) {
	for _, s := range operations {
		if message := wrong(s); message != "" {
			out = append(out, v.withEffects(s, violation(message, s)))
		}
	}
	return out
}
