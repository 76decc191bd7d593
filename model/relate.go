package model

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// rivals are operations that met under one key with different payloads, where which of them had the
// key first cannot be told of all.
type rivals struct {
	subjects []*subject
	// orders are those in which they may have come to the key, the order of arrival first. There
	// is one when it can be told; none when there are more than are tried.
	orders [][]*subject
}

// maxRivals bounds a group of rivals of which every order is tried.
const maxRivals = 5

// group finds the operations that carry one key with different payloads.
func (v *view) group() {
	grouped := map[*subject]bool{}
	for _, s := range v.subjects {
		if grouped[s] {
			continue
		}
		g := &rivals{subjects: []*subject{s}}
		for _, o := range v.byIdentity[s.identityKey] {
			if o != s && !grouped[o] && v.sameKey(s, o) {
				g.subjects = append(g.subjects, o)
			}
		}
		if len(g.subjects) < 2 {
			continue
		}
		for _, o := range g.subjects {
			grouped[o] = true
		}
		slices.SortStableFunc(g.subjects, func(a, b *subject) int {
			return cmp.Compare(a.arrival(), b.arrival())
		})
		g.orders = [][]*subject{g.subjects}
		if len(g.subjects) <= maxRivals {
			g.orders = slices.Collect(orders(g.subjects))
		}
		v.rivals = append(v.rivals, g)
	}
}

// orders lists the orders of operations that respect real time: one that had a definite answer
// before another arrived comes first. The order given comes first.
func orders(subjects []*subject) iter.Seq[[]*subject] {
	return func(yield func([]*subject) bool) {
		arrange(nil, subjects, yield)
	}
}

// arrange yields every way to go on from the operations that have their place; it reports whether
// it was not stopped.
func arrange(placed, left []*subject, yield func([]*subject) bool) bool {
	if len(left) == 0 {
		return yield(slices.Clone(placed))
	}
	for i, s := range left {
		rest := slices.Concat(left[:i], left[i+1:])
		early := slices.ContainsFunc(rest, func(o *subject) bool { return definiteBefore(o, s) })
		if !early && !arrange(append(placed, s), rest, yield) {
			return false
		}
	}
	return true
}

// relate says which operations repeat the key of an earlier one with another payload, in a reading.
func (v *view) relate(g *rivals, r *reading) {
	order := r.orders[g]
	if order == nil {
		order = g.subjects
	}
	for i, s := range order {
		for _, earlier := range order[:i] {
			if s.repeats == nil || !v.holds(s.repeats, s) && v.holds(earlier, s) {
				s.repeats = earlier
			}
		}
		s.late = s.repeats != nil && v.contract.Promises.MismatchAnswer != "executed" &&
			len(s.answers(OK)) == 0 && v.holds(s.repeats, s)
	}
}

// sameKey tells whether the contract takes the keys of two operations for one. Where no key is
// sent, it may be that a common marker is one.
func (v *view) sameKey(a, b *subject) bool {
	if a.identityKey == "" || a.identityKey != b.identityKey ||
		a.KeyStyle.Malformed() || b.KeyStyle.Malformed() {
		return false
	}
	if v.contract.scoped("tenant") && a.Tenant != b.Tenant {
		return false
	}
	sameRoute := a.Method == b.Method && a.Route == b.Route
	return sameRoute || !v.contract.scoped("route")
}

// definiteBefore tells whether a had a definite answer before b arrived, as the wire saw it.
func definiteBefore(a, b *subject) bool {
	arrival := b.arrival()
	return slices.ContainsFunc(a.hits, func(h *hit) bool {
		return h.outcome != Info && h.answered != never && h.answered <= arrival
	})
}

// arrival is when the first request of an operation may have reached the service. Of one that broke
// off only its end was seen, so that its attempt's beginning counts.
func (s *subject) arrival() time.Duration {
	first := never
	for _, h := range s.hits {
		at := h.sent
		if t := s.try(h.attempt); t != nil && (!h.complete || at == never) {
			at = t.invoked
		}
		if at != never && (first == never || at < first) {
			first = at
		}
	}
	if first == never {
		return s.start()
	}
	return first
}

// holds tells whether the key was a's for sure when b came with another payload, and all the
// while: a's answer was one that is stored, it came before b arrived, and no request of b arrived
// when the key may have expired. A common marker holds nothing: nobody said that it is a key.
func (v *view) holds(a, b *subject) bool {
	p := v.contract.Promises
	if a.natural {
		return false
	}
	arrival := b.arrival()
	held := slices.ContainsFunc(a.hits, func(h *hit) bool {
		stored := h.outcome == OK || h.outcome == Fail && p.Errors == "replayed" &&
			slices.Contains(a.typ.Refused, h.answer.Status)
		return stored && h.answered <= arrival
	})
	if !held || p.Retention == 0 {
		return held
	}
	return !slices.ContainsFunc(b.hits, func(h *hit) bool {
		return v.virtual(h.order())-v.virtual(a.start()) > p.Retention.Std()
	})
}

// unclear reports whether the key of an operation may have been another payload's or its own.
func (v *view) unclear(s *subject) bool { return s.repeats != nil && !v.holds(s.repeats, s) }

// contested tells whether another payload may have taken the key of s: then a refusal for that is
// right.
func (v *view) contested(s *subject) bool {
	return slices.ContainsFunc(v.byIdentity[s.identityKey], func(o *subject) bool {
		return o != s && v.sameKey(s, o) && (o.Body != s.Body || o.Path != s.Path) && !v.holds(s, o)
	})
}

// keyRefused tells whether the contract refuses the operation for its key alone.
func (v *view) keyRefused(s *subject) bool {
	if s.KeyStyle == KeyMissing {
		return v.contract.keyRequired()
	}
	return s.KeyStyle.Malformed()
}

// unprotected tells whether nothing is promised about repeats of an operation: it has no key and
// needs none.
func (v *view) unprotected(s *subject) bool {
	return s.KeyStyle == KeyMissing && !v.contract.keyRequired()
}

// ordinary tells whether the single-execution table applies: the operation has a good key of its
// own.
func (v *view) ordinary(s *subject) bool {
	return s.repeats == nil && !v.keyRefused(s) && !v.unprotected(s)
}

// identity returns what an ok answer names, or "" when the contract names no such field.
func (s *subject) identity(a *Answer) string {
	if a == nil || s.typ.Answer.Identity == "" {
		return ""
	}
	id, known := s.identities[a]
	if !known {
		id = text(Field(a.Body, s.typ.Answer.Identity))
		if s.identities == nil {
			s.identities = map[*Answer]string{}
		}
		s.identities[a] = id
	}
	return id
}

// mentions tells whether a body shows an identity as a value of its own.
func mentions(body, identity string) bool {
	return identity != "" && (strings.Contains(body, `"`+identity+`"`) ||
		len(identity) >= 6 && strings.Contains(body, identity))
}
