package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// rivals are operations that met under one key with different payloads, where which of them had the
// key first cannot be told of all.
type rivals struct {
	operations []*operationView
	// orders are those in which they may have come to the key, the order of arrival first. There
	// is one when it can be told; none when there are more than are tried.
	orders [][]*operationView
	// many: there are more than are tried, and orders has one of them.
	many bool
}

// maxRivals bounds a group of rivals of which every order is tried.
const maxRivals = 5

// group finds the operations that carry one key with different payloads.
func (ix *index) group() {
	grouped := map[*operationView]bool{}
	for _, s := range ix.operations {
		if grouped[s] {
			continue
		}
		g := &rivals{operations: []*operationView{s}}
		for _, o := range ix.byIdentity[s.identityKey] {
			if o != s && !grouped[o] && ix.sameKey(s, o) {
				g.operations = append(g.operations, o)
			}
		}
		if len(g.operations) < 2 {
			continue
		}
		for _, o := range g.operations {
			grouped[o] = true
		}
		slices.SortStableFunc(g.operations, func(a, b *operationView) int {
			return cmp.Compare(a.arrival().at, b.arrival().at)
		})
		g.arrange(ix)
		ix.rivals = append(ix.rivals, g)
	}
}

// arrange lists the orders that respect real time: an operation that had taken the key before
// another one arrived comes first. Where times contradict each other, no order is excluded.
func (g *rivals) arrange(ix *index) {
	if g.many = len(g.operations) > maxRivals; g.many {
		g.orders = [][]*operationView{g.operations}
		return
	}
	permute(nil, g.operations, ix.tookBefore, &g.orders)
	if len(g.orders) == 0 {
		permute(nil, g.operations, func(_, _ *operationView) bool { return false }, &g.orders)
	}
}

// permute adds every way to go on from the operations that have their place.
func permute(
	placed, left []*operationView, first func(a, b *operationView) bool, all *[][]*operationView,
) {
	if len(left) == 0 {
		*all = append(*all, slices.Clone(placed))
	}
	for i, s := range left {
		rest := slices.Concat(left[:i], left[i+1:])
		if !slices.ContainsFunc(rest, func(o *operationView) bool { return first(o, s) }) {
			permute(append(placed, s), rest, first, all)
		}
	}
}

// relate says which operations repeat the key of an earlier one with another payload, in a reading.
func (ix *index) relate(g *rivals, r *reading, a *attribution) {
	order := r.orders[g]
	if order == nil {
		order = g.orders[0]
	}
	for i, s := range order {
		own := a.of(s)
		own.place = i
		for _, earlier := range order[:i] {
			if own.repeats == nil || !ix.holds(own.repeats, s) && ix.holds(earlier, s) {
				own.repeats = earlier
			}
		}
		own.late = own.repeats != nil && ix.contract.Promises.MismatchAnswer != "executed" &&
			len(s.answers(model.OK)) == 0 && ix.holds(own.repeats, s)
	}
}

// sameKey reports whether the contract takes the keys of two operations for one. Where no key is
// sent, it may be that a common correlation ID is one.
func (ix *index) sameKey(a, b *operationView) bool {
	if a.identityKey == "" || a.identityKey != b.identityKey ||
		a.KeyStyle.Malformed() || b.KeyStyle.Malformed() {
		return false
	}
	if ix.contract.Scoped("tenant") && a.Tenant != b.Tenant {
		return false
	}
	sameRoute := a.Method == b.Method && a.Route == b.Route
	return sameRoute || !ix.contract.Scoped("route")
}

// tookBefore reports whether an answer to a left it the key before b arrived, as the wire saw it.
func (ix *index) tookBefore(a, b *operationView) bool {
	arrival := b.arrival()
	return slices.ContainsFunc(a.hits, func(h *hit) bool {
		return ix.takes(a, h) && h.answered != never && h.end().before(arrival)
	})
}

// arrival is when the first request of an operation may have reached the service. Of one that broke
// off only its end was seen, so that its attempt's beginning counts.
func (s *operationView) arrival() moment {
	first := moment{at: never}
	for _, h := range s.hits {
		begun := h.begin()
		if t := s.try(h.attempt); t != nil && (!h.complete || h.sent == never) {
			begun = moment{t.invoked, t.from}
		}
		if begun.at != never && (first.at == never || begun.before(first)) {
			first = begun
		}
	}
	if first.at == never && len(s.tries) > 0 {
		return moment{s.tries[0].invoked, s.tries[0].from}
	}
	return first
}

// holds reports whether the key was a's for sure when b came with another payload, and all the
// while: a's answer was one that is stored, it came before b arrived, and no request of b arrived
// when the key may have expired. A common correlation ID holds nothing: nobody said that it is a
// key.
func (ix *index) holds(a, b *operationView) bool {
	p := ix.contract.Promises
	if a.natural {
		return false
	}
	if held := ix.tookBefore(a, b); !held || p.Retention == 0 {
		return held
	}
	taken := ix.virtual(ix.taken(a))
	return !slices.ContainsFunc(b.hits, func(h *hit) bool {
		last := ix.ended(h)
		if !h.complete {
			last = h.order() // half a request takes no key later than it is seen
		}
		return ix.virtual(last)-taken > p.Retention.Std()
	})
}

// taken is the earliest moment at which the key of an operation may have been taken: where its
// stored answer is replayed to other payloads, any of them may have been the first with it.
func (ix *index) taken(s *operationView) time.Duration {
	first := s.start()
	if ix.contract.Promises.MismatchAnswer == "replayed" {
		for _, o := range ix.mates(s) {
			first = min(first, o.start())
		}
	}
	return first
}

// unclear reports whether the key of an operation may have been another payload's or its own.
func (v *view) unclear(s *operationView) bool {
	return v.repeats(s) != nil && !v.holds(v.repeats(s), s)
}

// contested reports whether another payload may have taken the key of s: then a refusal for that is
// right.
func (ix *index) contested(s *operationView) bool { return len(ix.contestants(s)) > 0 }

// contestants lists the operations that may have taken the key of s with another payload.
func (ix *index) contestants(s *operationView) []*operationView {
	return slices.DeleteFunc(ix.mates(s), func(o *operationView) bool { return ix.holds(s, o) })
}

// mates lists the other operations that carry the key of s, in their order.
func (ix *index) mates(s *operationView) (out []*operationView) {
	for _, o := range ix.byIdentity[s.identityKey] {
		if o != s && ix.sameKey(s, o) {
			out = append(out, o)
		}
	}
	return out
}

// keyRefused reports whether the contract refuses the operation for its key alone.
func (ix *index) keyRefused(s *operationView) bool {
	return ix.contract.RefusesStyle(s.KeyStyle)
}

// unprotected reports whether nothing is promised about repeats of an operation: it has no key and
// needs none, or one of which nobody said that it is refused.
func (ix *index) unprotected(s *operationView) bool {
	keyless := s.KeyStyle == model.KeyMissing || s.KeyStyle.Malformed()
	return keyless && !ix.keyRefused(s)
}

// howRefused says how an operation was refused that is no other one's.
func (ix *index) howRefused(s *operationView, h *hit) string {
	who, how := fmt.Sprintf("operation %s is new", s.ID), ", the answer to a reused key or payload"
	switch {
	case ix.unprotected(s):
		who = fmt.Sprintf("operation %s has no key", s.ID)
		how = "; a service that needs keys declares `key: {required: true}`"
	case s.preceded(h):
		who = fmt.Sprintf("attempt %s repeats operation %s as it was", h.name(s), s.ID)
	}
	return fmt.Sprintf("%s and was refused with %d%s", who, h.answer.Status, how)
}

// ordinary reports whether the single-execution table applies: the operation has a good key of its
// own.
func (v *view) ordinary(s *operationView) bool {
	return v.repeats(s) == nil && !v.keyRefused(s) && !v.unprotected(s)
}

// identity returns what an ok answer names, or "" when the contract names no such field.
func (s *operationView) identity(a *model.Answer) string {
	if a == nil || !s.typ.Answer.Names() {
		return ""
	}
	id, known := s.identities[a]
	if !known {
		id = value.Text(s.typ.Answer.IdentityIn(a))
		if s.identities == nil {
			s.identities = map[*model.Answer]string{}
		}
		s.identities[a] = id
	}
	return id
}

// mentions reports whether a body shows an identity as a value of its own.
func mentions(body, identity string) bool {
	return identity != "" && (strings.Contains(body, `"`+identity+`"`) ||
		len(identity) >= 6 && value.HasWhole(body, identity))
}
