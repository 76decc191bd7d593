package model

import (
	"fmt"
	"slices"
	"strings"
)

// relate finds the operations that carry the key of an earlier one with another payload. Which of
// two that overlap came first cannot be told, so those make the case unknown.
func (v *view) relate() {
	for _, b := range v.subjects {
		for _, a := range v.byKey[b.Key] {
			if a == b {
				break // those after it look back at it
			}
			if !v.sameKey(a, b) || a.Body == b.Body && a.Path == b.Path {
				continue
			}
			first, second := a, b
			if b.start() < a.start() {
				first, second = b, a
			}
			if !definiteBefore(first, second) {
				v.reasons = append(v.reasons, fmt.Sprintf(
					"%s and %s carry one key and overlapped: cannot tell which came first",
					first.ID, second.ID))
			}
			if second.repeats == nil || !v.holds(second.repeats, second) {
				second.repeats = first
			}
		}
	}
	for _, s := range v.subjects {
		s.late = s.repeats != nil && v.contract.Promises.MismatchAnswer != "executed" &&
			len(s.answers(OK)) == 0 && v.holds(s.repeats, s)
	}
}

// sameKey tells whether the contract takes the keys of two operations for one.
func (v *view) sameKey(a, b *subject) bool {
	if a.Key == "" || a.Key != b.Key || a.KeyStyle.Malformed() || b.KeyStyle.Malformed() {
		return false
	}
	if v.contract.scoped("tenant") && a.Tenant != b.Tenant {
		return false
	}
	sameRoute := a.Method == b.Method && a.Route == b.Route
	return sameRoute || !v.contract.scoped("route")
}

// definiteBefore tells whether a had a definite answer before b began.
func definiteBefore(a, b *subject) bool {
	for _, h := range a.hits {
		if h.outcome != Info && h.answered != never && h.answered <= b.start() {
			return true
		}
	}
	return false
}

// holds tells whether the key was a's for sure when b came with another payload, and all the
// while: a's answer was one that is stored, it came before b began, and no request of b arrived
// when the key may have expired.
func (v *view) holds(a, b *subject) bool {
	p := v.contract.Promises
	held := slices.ContainsFunc(a.hits, func(h *hit) bool {
		stored := h.outcome == OK || h.outcome == Fail && p.Errors == "replayed" &&
			slices.Contains(a.typ.Refused, h.answer.Status)
		return stored && h.answered <= b.start()
	})
	if !held || p.Retention == 0 {
		return held
	}
	return !slices.ContainsFunc(b.hits, func(h *hit) bool {
		return v.virtual(h.order())-v.virtual(a.start()) > p.Retention.Std()
	})
}

// contested tells whether another payload may have taken the key of s: then a refusal for that is
// right.
func (v *view) contested(s *subject) bool {
	return slices.ContainsFunc(v.byKey[s.Key], func(o *subject) bool {
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
