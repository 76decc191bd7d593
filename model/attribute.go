package model

import (
	"fmt"
	"slices"
)

// orphan is a ledger item that belongs to no operation that was sent, with the reason.
type orphan struct {
	effect *Effect
	why    string
	// nearest is the operation that it carries the name of, or nil.
	nearest *subject
}

// attribute gives every ledger item to the operation it names.
func (v *view) attribute() {
	for i := range v.history.Events {
		e := &v.history.Events[i]
		if e.Kind == Listed && v.declared(e.Effect) {
			v.give(e.Effect, i+1)
		}
	}
}

// declared tells whether any operation of the contract declares effects of this kind: ledgers may
// list things that are none of our business.
func (v *view) declared(e *Effect) bool {
	for _, t := range v.contract.Operations {
		for _, d := range t.Effects {
			if d.Ledger == e.Ledger && d.Kind == e.Kind {
				return true
			}
		}
	}
	return false
}

// claim is how well an item fits a declared effect of an operation.
type claim struct {
	subject *subject
	effect  int
	score   int
}

// give finds the operation that an item fits best. Equal claims go to the operation that had the
// key first when the other got nowhere with it, and else to the one that has fewest, so that two
// operations that cannot be told apart share their items. Its place is where the history lists it.
func (v *view) give(e *Effect, place int) {
	var best *claim
	var named *subject
	for _, s := range v.called(e) {
		score := nameScore(s, e)
		if score == 0 {
			continue
		}
		named = s
		if c := s.claim(e, score); c != nil && c.beats(best) {
			best = c
		}
	}
	if best != nil {
		found := best.subject.found
		if len(found[best.effect]) == 0 {
			best.subject.firstListed[best.effect] = place
		}
		found[best.effect] = append(found[best.effect], e)
		return
	}
	v.orphans = append(v.orphans, orphan{effect: e, why: orphanWhy(named), nearest: named})
}

// called lists the operations that have a name in common with an item, in their order.
func (v *view) called(e *Effect) []*subject {
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
func nameScore(s *subject, e *Effect) int {
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

// claim returns the declared effect of s that the item is, or nil when s declares none such. Of
// several that are alike it is the one that has fewest items.
func (s *subject) claim(e *Effect, score int) *claim {
	var best *claim
	for i, d := range s.Effects {
		if d.Ledger == e.Ledger && d.Kind == e.Kind && d.Resource == e.Resource && sameFields(d, e) {
			if c := (&claim{subject: s, effect: i, score: score}); c.beats(best) {
				best = c
			}
		}
	}
	return best
}

// beats orders claims: the better name first, then an operation that came with a key of its own,
// then the one with fewer items.
func (c *claim) beats(o *claim) bool {
	if o == nil || c.score != o.score {
		return o == nil || c.score > o.score
	}
	if c.subject.late != o.subject.late {
		return o.subject.late
	}
	return len(c.subject.found[c.effect]) < len(o.subject.found[o.effect])
}

// sameFields compares the fields that a declared effect pins.
func sameFields(declared Effect, item *Effect) bool {
	for name, want := range declared.Fields {
		if !Equal(want, item.Fields[name]) {
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
