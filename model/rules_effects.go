package model

import (
	"fmt"
	"slices"
)

// excess returns the first declared effect found more often than allowed, or -1. Notifications
// count only when asked for.
func (s *subject) excess(allowed int, notifications bool) int {
	for i, items := range s.found {
		if s.Effects[i].Notification == notifications && len(items) > allowed {
			return i
		}
	}
	return -1
}

// duplicated lists the operations with a good key and an effect too many.
func (v *view) duplicated() []*subject {
	var out []*subject
	for _, s := range v.subjects {
		if !v.unprotected(s) && !v.keyRefused(s) && s.excess(v.epochs(s), false) >= 0 {
			out = append(out, s)
		}
	}
	return out
}

// plainRepeat tells whether the duplicates need no fault to explain them: requests came one after
// another, the client had the ok answer to each before the next was sent, and every one executed.
func (s *subject) plainRepeat() bool {
	if len(s.hits) < 2 || s.executions() < len(s.hits) {
		return false
	}
	for i, a := range s.hits {
		if t := s.try(a.attempt); a.outcome != OK || a.number > 1 ||
			t == nil || t.answer == nil {
			return false
		}
		if slices.ContainsFunc(s.hits[:i], a.overlaps) {
			return false
		}
	}
	return true
}

// keyIgnored: duplicates that plain repeats explain.
func keyIgnored(v *view) []Violation {
	var out []Violation
	for _, s := range v.duplicated() {
		if !v.aged(s) && s.plainRepeat() {
			out = append(out, s.withEffects(violation(fmt.Sprintf(
				"operation %s was repeated %d times after its answer and executed every time: "+
					"the key is ignored", s.ID, len(s.answers(OK))-1), s)))
		}
	}
	return out
}

// earlyExpiry: duplicates after the clock moved or much of the window went by, still inside it, and
// refusals that say that it is over. What executed after it is late-answer's.
func earlyExpiry(v *view) []Violation {
	var out []Violation
	for _, s := range v.duplicated() {
		if v.aged(s) && !v.executedLate(s) {
			out = append(out, s.withEffects(violation(fmt.Sprintf(
				"operation %s executed again inside its retention of %s",
				s.ID, v.contract.Promises.Retention), s)))
		}
	}
	for _, s := range v.subjects {
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
func (v *view) expiredInside(s *subject) *hit {
	p := v.contract.Promises
	for _, h := range s.hits {
		if p.AfterRetention == "refused" && p.Retention > 0 && h.answer != nil &&
			slices.Contains(p.Expired, h.answer.Status) && !v.contract.open(h.answer.Status) &&
			v.virtual(h.answered)-v.virtual(max(s.start(), 0)) < p.Retention.Std() {
			return h
		}
	}
	return nil
}

// duplicateEffect: every other duplicate.
func duplicateEffect(v *view) []Violation {
	var out []Violation
	for _, s := range v.duplicated() {
		if v.aged(s) || s.plainRepeat() {
			continue
		}
		i := s.excess(v.epochs(s), false)
		out = append(out, s.withEffects(violation(fmt.Sprintf(
			"%d attempts of operation %s left %d %s effects instead of one",
			len(s.tries), s.ID, len(s.found[i]), s.Effects[i].Kind), s)))
	}
	return out
}

// replaySideEffect: somebody was told more than once.
func replaySideEffect(v *view) []Violation {
	var out []Violation
	for _, s := range v.subjects {
		i := s.excess(max(1, s.executions()), true)
		if i < 0 || v.unprotected(s) {
			continue
		}
		out = append(out, s.withEffects(violation(fmt.Sprintf(
			"operation %s executed once and sent %d %s notifications",
			s.ID, len(s.found[i]), s.Effects[i].Kind), s)))
	}
	return out
}

// spread counts the declared effects that happened and those that did not.
func (s *subject) spread() (present, missing int) {
	for _, items := range s.found {
		if len(items) > 0 {
			present++
		} else {
			missing++
		}
	}
	return present, missing
}

// judgeable lists operations whose missing effects mean something: ordinary ones and those that
// need no key, with readable ledgers.
func (v *view) judgeable() []*subject {
	var out []*subject
	for _, s := range v.subjects {
		if (v.ordinary(s) || v.unprotected(s)) && len(v.reasons) == 0 {
			out = append(out, s)
		}
	}
	return out
}

// partialEffect: all or nothing was broken. Effects of a refused operation are phantoms.
func partialEffect(v *view) []Violation {
	var out []Violation
	for _, s := range v.judgeable() {
		present, missing := s.spread()
		if present > 0 && missing > 0 && s.outcome != Fail {
			out = append(out, s.withEffects(violation(fmt.Sprintf(
				"operation %s left %d of its %d effects", s.ID, present, present+missing), s)))
		}
	}
	return out
}

// lostEffect: acknowledged, and nothing there. An answer that belongs to another operation
// acknowledged this one all the same.
func lostEffect(v *view) []Violation {
	var out []Violation
	for _, s := range v.judgeable() {
		present, missing := s.spread()
		if s.outcome == OK && present == 0 && missing > 0 {
			out = append(out, s.withEffects(violation(fmt.Sprintf(
				"operation %s was acknowledged with %d and left no effect",
				s.ID, s.answers(OK)[0].answer.Status), s)))
		}
	}
	return out
}

// phantomEffect: refused, and there all the same. What repeats the key of another operation for
// sure is a payload-mismatch.
func phantomEffect(v *view) []Violation {
	var out []Violation
	for _, s := range v.subjects {
		unclear := s.repeats != nil && !v.holds(s.repeats, s)
		if !v.ordinary(s) && !unclear || s.outcome != Fail {
			continue
		}
		if present, _ := s.spread(); present > 0 {
			out = append(out, s.withEffects(violation(fmt.Sprintf(
				"operation %s was refused with %d and left an effect",
				s.ID, s.answers(Fail)[0].answer.Status), s)))
		}
	}
	return out
}

// orphanEffect: an effect nobody asked for.
func orphanEffect(v *view) []Violation {
	var out []Violation
	for _, o := range v.orphans {
		found := violation("an effect belongs to no operation: "+o.why, v.named(o)...)
		found.Observed = []string{describeEffect(*o.effect)}
		if o.nearest != nil {
			for _, d := range o.nearest.Effects {
				found.Expected = append(found.Expected, describeEffect(d)+" once")
			}
		}
		out = append(out, found)
	}
	return out
}

// named lists the operation an orphan speaks of.
func (v *view) named(o orphan) []*subject {
	if o.nearest == nil {
		return nil
	}
	return []*subject{o.nearest}
}
