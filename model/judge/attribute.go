package judge

import (
	"fmt"
	"math"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// orphan is a ledger item that belongs to no operation that was sent, with the reason.
type orphan struct {
	effect *model.Effect
	why    string
	// nearest is the operation that it carries the name of, or nil.
	nearest *operationView
}

// item is a ledger item with every declared effect that it may be.
type item struct {
	effect *model.Effect
	// place is where the history lists it, from 1.
	place  int
	claims []claim
	// named is an operation that it carries the name of, for the case that it has no claims.
	named *operationView
}

// open reports whether several operations, or several effects of one, may have left the item.
func (i *item) open() bool { return len(i.claims) > 1 }

// alike reports whether two items cannot be told apart.
func (i *item) alike(o *item) bool {
	return i.effect.Key == o.effect.Key && i.effect.CorrelationID == o.effect.CorrelationID &&
		slices.Equal(i.claims, o.claims)
}

// list reads the ledger items of a history, once for all readings.
func (ix *index) list() {
	for i := range ix.history.Events {
		if e := &ix.history.Events[i]; e.Kind == model.Listed && ix.declared(e.Effect) {
			ix.listItem(&item{effect: e.Effect, place: i + 1})
		}
	}
}

// listItem keeps an item of a ledger with who may claim it, or notes that others write there.
func (ix *index) listItem(it *item) {
	ix.claims(it)
	if len(it.claims) == 0 && ix.foreign(it.effect) {
		ix.given = append(ix.given, fmt.Sprintf("ledger %s shows %s, which no operation of the case "+
			"declares: somebody else writes there", it.effect.Ledger, describeEffect(*it.effect)))
		return
	}
	ix.items = append(ix.items, it)
}

// attribution says who left which effect and who had which key, in one reading. It is complete when
// [index.attribute] returns it.
type attribution struct {
	shares []share // by the place of an operation in the history
	// orphans are the items that belong to nobody.
	orphans []orphan
}

// share is what one operation has of it.
type share struct {
	// found are the ledger items attributed to it, by declared effect.
	found [][]*model.Effect
	// firstListed is the place in the ledgers, from 1, of the first item of each; 0 without any.
	firstListed []int
	// repeats is the earlier operation whose key it carries with another payload.
	repeats *operationView
	// place is where it stands among the operations of its key, in the order of the reading.
	place int
	// late is true when the key was another operation's for sure, and this one was never
	// acknowledged.
	late bool
}

func (a *attribution) of(s *operationView) *share { return &a.shares[s.index] }

// found returns the ledger items attributed to an operation, by declared effect.
func (a *attribution) found(s *operationView) [][]*model.Effect { return a.of(s).found }

// repeats returns the earlier operation whose key another one carries with another payload, or nil.
func (a *attribution) repeats(s *operationView) *operationView { return a.of(s).repeats }

// attribute gives every key and every ledger item to an operation: as the reading says, or to the
// one that it fits best.
func (ix *index) attribute(r *reading) *attribution {
	a := newAttribution(ix.operations)
	for _, g := range ix.rivals {
		ix.relate(g, r, a)
	}
	for _, it := range ix.items {
		ix.give(a, r, it)
	}
	return a
}

// give gives an item to the operation that left it, or makes it an orphan.
func (ix *index) give(a *attribution, r *reading, it *item) {
	if len(it.claims) > 0 {
		a.give(a.choose(r, it), it)
		return
	}
	a.orphans = append(a.orphans, orphan{effect: it.effect, why: ix.orphanWhy(it), nearest: it.named})
}

// newAttribution gives nothing to anybody.
func newAttribution(operations []*operationView) *attribution {
	effects := 0
	for _, s := range operations {
		effects += len(s.Effects)
	}
	a := &attribution{shares: make([]share, len(operations))}
	found, places := make([][]*model.Effect, effects), make([]int, effects)
	for i, s := range operations {
		n := len(s.Effects)
		a.shares[i].found, a.shares[i].firstListed = found[:n:n], places[:n:n]
		found, places = found[n:], places[n:]
	}
	return a
}

// give files an item under the declared effect, of several that are alike under the one that has
// fewest.
func (a *attribution) give(c claim, it *item) {
	s, slot, own := c.op, c.effect, a.of(c.op)
	for i := range s.Effects {
		if s.sameSlot(i, c.effect) && len(own.found[i]) < len(own.found[slot]) {
			slot = i
		}
	}
	if len(own.found[slot]) == 0 {
		own.firstListed[slot] = it.place
	}
	own.found[slot] = append(own.found[slot], it.effect)
}

// sameSlot reports whether two declared effects of an operation look the same in a ledger.
func (s *operationView) sameSlot(i, j int) bool {
	a, b := &s.Effects[i], &s.Effects[j]
	return i == j || a.Ledger == b.Ledger && a.Kind == b.Kind && a.Resource == b.Resource &&
		a.Notification == b.Notification && sameFields(*a, b) && sameFields(*b, a)
}

// declared reports whether any operation of the contract declares effects of this kind: ledgers may
// list things that are none of our business.
func (ix *index) declared(e *model.Effect) bool {
	for _, t := range ix.contract.Operations {
		if t.Leaves(e) {
			return true
		}
	}
	return false
}

// claim is a declared effect of an operation that a ledger item may be.
type claim struct {
	op     *operationView
	effect int
}

// claims finds the declared effects that an item fits, of the operations that it names best.
func (ix *index) claims(it *item) {
	best, nameless := 0, ix.nameless(it.effect)
	for _, s := range ix.called(it.effect) {
		score := nameScore(s, it.effect)
		switch {
		case nameless:
			score = 1
		case score == 0:
			continue
		default:
			it.named = s
		}
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

// nameless reports whether an item is of a ledger that does not say who left what.
func (ix *index) nameless(e *model.Effect) bool { return ix.contract.Ledgers[e.Ledger].Nameless() }

// foreign reports whether others may have left an item: it carries no name, and its ledger is no
// resource's.
func (ix *index) foreign(e *model.Effect) bool {
	return ix.nameless(e) && ix.contract.Ledgers[e.Ledger].Per == ""
}

// called lists the operations that have a name in common with an item, in their order: all where
// items carry none.
func (ix *index) called(e *model.Effect) []*operationView {
	if ix.nameless(e) {
		return ix.operations
	}
	byKey, byCorrelation := ix.byKey[e.Key], ix.byCorrelation[e.CorrelationID]
	switch {
	case len(byCorrelation) == 0 || len(byKey) == 1 && slices.Equal(byKey, byCorrelation):
		return byKey
	case len(byKey) == 0:
		return byCorrelation
	}
	return inOrder(slices.Concat(byKey, byCorrelation))
}

// nameScore says how well an item names an operation: 3 when all it says agrees, 2 by its
// correlation ID alone, 1 by its key alone, 0 not at all.
func nameScore(s *operationView, e *model.Effect) int {
	key := e.Key != "" && e.Key == s.Key
	id := e.CorrelationID != "" && e.CorrelationID == s.CorrelationID
	keyClash := e.Key != "" && !key
	idClash := e.CorrelationID != "" && !id
	switch {
	case (key || id) && !keyClash && !idClash:
		return 3
	case id:
		return 2
	case key:
		return 1
	}
	return 0
}

// fitting lists the declared effects of s that an item may be; those that are alike count once.
func (s *operationView) fitting(e *model.Effect) []claim {
	var out []claim
	for i, d := range s.Effects {
		known := slices.ContainsFunc(out, func(c claim) bool { return s.sameSlot(c.effect, i) })
		if fits(d, e) && !known {
			out = append(out, claim{s, i})
		}
	}
	return out
}

// fits reports whether an item is what an operation declares.
func fits(d model.Effect, e *model.Effect) bool {
	return d.Ledger == e.Ledger && d.Kind == e.Kind && d.Resource == e.Resource && sameFields(d, e)
}

// choose returns the claim that an item goes to in a reading.
func (a *attribution) choose(r *reading, it *item) claim {
	if c, chosen := r.owners[it]; chosen {
		return c
	}
	best := it.claims[0]
	for _, c := range it.claims[1:] {
		if a.beats(c, best) {
			best = c
		}
	}
	return best
}

// beats orders claims in the obvious reading: an operation that came with a key of its own before
// one that did not, then the effect with fewer items.
func (a *attribution) beats(c, o claim) bool {
	mine, other := a.of(c.op), a.of(o.op)
	if mine.late != other.late {
		return other.late
	}
	return len(mine.found[c.effect]) < len(other.found[o.effect])
}

// sameFields compares the fields that a declared effect pins.
func sameFields(declared model.Effect, item *model.Effect) bool {
	for name, want := range declared.Fields {
		if !value.Equal(want, item.Fields[name]) {
			return false
		}
	}
	return true
}

// orphanWhy explains an item that nobody claims.
func (ix *index) orphanWhy(it *item) string {
	switch {
	case it.named != nil:
		return fmt.Sprintf("it names operation %s, which declares no such effect", it.named.ID)
	case ix.nameless(it.effect):
		return "no operation that was sent declares such an effect"
	}
	return "it carries the key or correlation ID of no operation that was sent"
}

// executions counts how often the operation's effects happened: the most frequent one,
// notifications left out.
func (a *attribution) executions(s *operationView) (n int) {
	for i, items := range a.found(s) {
		if !s.Effects[i].Notification {
			n = max(n, len(items))
		}
	}
	return n
}

// excess returns the first declared effect found more often than allowed, or -1. Notifications
// count only when asked for.
func (a *attribution) excess(s *operationView, allowed int, notifications bool) int {
	for i, items := range a.found(s) {
		if s.Effects[i].Notification == notifications && len(items) > allowed {
			return i
		}
	}
	return -1
}

// spread counts the declared effects that happened and those that did not.
func (a *attribution) spread(s *operationView) (present, missing int) {
	for _, items := range a.found(s) {
		present += min(len(items), 1)
	}
	return present, len(a.found(s)) - present
}

// listed is the place of an operation's first effect among all that the ledgers show, or after
// them.
func (a *attribution) listed(s *operationView) int {
	place := math.MaxInt
	for i, at := range a.of(s).firstListed {
		if !s.Effects[i].Notification && at > 0 {
			place = min(place, at)
		}
	}
	return place
}
