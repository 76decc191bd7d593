package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// orphan is a ledger item that belongs to no operation that was sent, with the reason.
type orphan struct {
	effect *model.Effect
	why    string
	// nearest is the operation that it carries the name of, or nil.
	nearest *subject
}

// item is a ledger item with every declared effect that it may be.
type item struct {
	effect *model.Effect
	// place is where the history lists it, from 1.
	place  int
	claims []claim
	// named is an operation that it carries the name of, for the case that it has no claims.
	named *subject
}

// open reports whether several operations, or several effects of one, may have left the item.
func (i *item) open() bool { return len(i.claims) > 1 }

// alike reports whether two items cannot be told apart.
func (i *item) alike(o *item) bool {
	return i.effect.Key == o.effect.Key && i.effect.Mark == o.effect.Mark &&
		slices.Equal(i.claims, o.claims)
}

// list reads the ledger items of a history, once for all readings.
func (v *view) list() {
	for i := range v.history.Events {
		e := &v.history.Events[i]
		if e.Kind == model.Listed && v.declared(e.Effect) {
			it := &item{effect: e.Effect, place: i + 1}
			v.claims(it)
			v.items = append(v.items, it)
		}
	}
}

// attribute gives every ledger item to an operation: as the reading says, or to the one that it
// fits best.
func (v *view) attribute(r *reading) {
	for _, it := range v.items {
		if len(it.claims) == 0 {
			v.orphans = append(v.orphans, orphan{
				effect: it.effect, why: orphanWhy(it.named), nearest: it.named,
			})
			continue
		}
		r.choose(it).give(it)
	}
}

// give files an item under the declared effect, of several that are alike under the one that has
// fewest.
func (c claim) give(it *item) {
	s, slot := c.subject, c.effect
	for i := range s.Effects {
		if s.sameSlot(i, c.effect) && len(s.found[i]) < len(s.found[slot]) {
			slot = i
		}
	}
	if len(s.found[slot]) == 0 {
		s.firstListed[slot] = it.place
	}
	s.found[slot] = append(s.found[slot], it.effect)
}

// sameSlot reports whether two declared effects of an operation look the same in a ledger.
func (s *subject) sameSlot(i, j int) bool {
	a, b := &s.Effects[i], &s.Effects[j]
	return i == j || a.Ledger == b.Ledger && a.Kind == b.Kind && a.Resource == b.Resource &&
		a.Notification == b.Notification && sameFields(*a, b) && sameFields(*b, a)
}

// declared tells whether any operation of the contract declares effects of this kind: ledgers may
// list things that are none of our business.
func (v *view) declared(e *model.Effect) bool {
	for _, t := range v.contract.Operations {
		for _, d := range t.Effects {
			if d.Ledger == e.Ledger && d.Kind == e.Kind {
				return true
			}
		}
	}
	return false
}

// claim is a declared effect of an operation that a ledger item may be.
type claim struct {
	subject *subject
	effect  int
}

// claims finds the declared effects that an item fits, of the operations that it names best.
func (v *view) claims(it *item) {
	best := 0
	for _, s := range v.called(it.effect) {
		score := nameScore(s, it.effect)
		if score == 0 {
			continue
		}
		it.named = s
		fitting := s.fitting(it.effect)
		if len(fitting) == 0 || score < best {
			continue
		}
		if score > best {
			best, it.claims = score, nil
		}
		it.claims = append(it.claims, fitting...)
	}
}

// called lists the operations that have a name in common with an item, in their order.
func (v *view) called(e *model.Effect) []*subject {
	byKey, byMark := v.byKey[e.Key], v.byMark[e.Mark]
	switch {
	case len(byMark) == 0 || len(byKey) == 1 && len(byMark) == 1 && byKey[0] == byMark[0]:
		return byKey
	case len(byKey) == 0:
		return byMark
	}
	return inOrder(slices.Concat(byKey, byMark))
}

// nameScore says how well an item names an operation: 3 when all it says agrees, 2 by its marker
// alone, 1 by its key alone, 0 not at all.
func nameScore(s *subject, e *model.Effect) int {
	key := e.Key != "" && e.Key == s.Key
	mark := e.Mark != "" && e.Mark == s.Mark
	keyClash := e.Key != "" && !key
	markClash := e.Mark != "" && !mark
	switch {
	case (key || mark) && !keyClash && !markClash:
		return 3
	case mark:
		return 2
	case key:
		return 1
	}
	return 0
}

// fitting lists the declared effects of s that an item may be; those that are alike count once.
func (s *subject) fitting(e *model.Effect) []claim {
	var out []claim
	for i, d := range s.Effects {
		fits := d.Ledger == e.Ledger && d.Kind == e.Kind && d.Resource == e.Resource &&
			sameFields(d, e)
		known := slices.ContainsFunc(out, func(c claim) bool { return s.sameSlot(c.effect, i) })
		if fits && !known {
			out = append(out, claim{s, i})
		}
	}
	return out
}

// beats orders claims in the obvious reading: an operation that came with a key of its own before
// one that did not, then the effect with fewer items.
func (c claim) beats(o claim) bool {
	if c.subject.late != o.subject.late {
		return o.subject.late
	}
	return len(c.subject.found[c.effect]) < len(o.subject.found[o.effect])
}

// sameFields compares the fields that a declared effect pins.
func sameFields(declared model.Effect, item *model.Effect) bool {
	for name, want := range declared.Fields {
		if !model.Equal(want, item.Fields[name]) {
			return false
		}
	}
	return true
}

// orphanWhy explains an item that nobody claims.
func orphanWhy(named *subject) string {
	if named == nil {
		return "it carries the key or marker of no operation that was sent"
	}
	return fmt.Sprintf("it names operation %s, which declares no such effect", named.ID)
}
