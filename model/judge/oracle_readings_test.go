package judge_test

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// brutePlace is a declared effect of an operation.
type brutePlace struct{ op, slot int }

// bruteReading is one reading: whose every item is, and in which order payloads came to their keys.
type bruteReading struct {
	*bruteCase
	owners []brutePlace
	// order lists all operations; among those of one key it is the order in which they came to it.
	order []*bruteOp
	// counts are the items of every slot of every operation.
	counts [][]int
	// tried are the ways to give the first items that led nowhere: who has how many matters, and not
	// which.
	tried map[string]bool
	// guilt is what it breaks.
	guilt string
}

// bruteGuilt is "" when some reading breaks no rule, and else says what the last one breaks.
func bruteGuilt(h *model.History, c *model.Contract, spec model.Spec) string {
	b := readBrute(h, c, spec)
	options, orphans := b.options()
	if orphans {
		return "an effect of no operation"
	}
	guilt := "no order of the payloads of a key is possible"
	for _, order := range b.orders() {
		r := &bruteReading{bruteCase: b, order: order, tried: map[string]bool{}}
		if r.assign(options) {
			return ""
		}
		guilt = r.guilt
	}
	return guilt
}

// options lists what each item may be; orphans when one can be nothing.
func (b *bruteCase) options() (all [][]brutePlace, orphans bool) {
	for _, item := range b.items {
		best, places := 1, []brutePlace(nil)
		for i, o := range b.ops {
			for j, s := range o.slots {
				fits := s.Ledger == item.Ledger && s.Kind == item.Kind && s.Resource == item.Resource &&
					pins(s.Effect, item)
				n := agreement(o, item)
				if !fits || n < best {
					continue
				}
				if n > best {
					best, places = n, nil
				}
				places = append(places, brutePlace{i, j})
			}
		}
		if len(places) == 0 {
			return nil, true
		}
		all = append(all, places)
	}
	return all, false
}

// agreement says how well an item names an operation: with all it says 3, by its correlation ID 2,
// by its key 1.
func agreement(o *bruteOp, item model.Effect) int {
	key := item.Key != "" && item.Key == o.Key
	id := item.CorrelationID != "" && item.CorrelationID == o.CorrelationID
	contradicts := item.Key != "" && !key || item.CorrelationID != "" && !id
	switch {
	case (key || id) && !contradicts:
		return 3
	case id:
		return 2
	case key:
		return 1
	}
	return 0
}

// assign tries every way to give the items from here on to operations.
func (r *bruteReading) assign(options [][]brutePlace) bool {
	n := len(r.owners)
	r.count()
	here := fmt.Sprint(n, r.counts)
	if r.tried[here] {
		return false
	}
	r.tried[here] = true
	if n == len(options) {
		r.guilt = r.breaks()
		return r.guilt == ""
	}
	for _, place := range options[n] {
		r.owners = append(r.owners, place)
		if r.assign(options) {
			return true
		}
		r.owners = r.owners[:n]
	}
	return false
}

// count counts items by slot.
func (r *bruteReading) count() {
	r.counts = make([][]int, len(r.ops))
	for i, o := range r.ops {
		r.counts[i] = make([]int, len(o.slots))
	}
	for _, p := range r.owners {
		r.counts[p.op][p.slot]++
	}
}

// orders lists the orders in which operations may have come to their keys: what was settled before
// another came to the same key is earlier. Where those with a key of their own stand is all one.
func (b *bruteCase) orders() [][]*bruteOp {
	alone := those(b.ops, func(o *bruteOp) bool { return !b.entangled(o) })
	var out [][]*bruteOp
	for _, order := range permutations(those(b.ops, b.entangled)) {
		if b.possible(order) {
			out = append(out, slices.Concat(order, alone))
		}
	}
	return out
}

func (b *bruteCase) possible(order []*bruteOp) bool {
	for i, late := range order {
		if some(order[:i], func(early *bruteOp) bool {
			return b.sameKey(early, late) && b.settledBefore(late, early) && !b.settledBefore(early, late)
		}) {
			return false
		}
	}
	return true
}

// entangled reports whether an operation shares its key.
func (b *bruteCase) entangled(o *bruteOp) bool {
	return some(b.ops, func(x *bruteOp) bool { return b.sameKey(o, x) })
}

func permutations[T any](all []T) [][]T {
	if len(all) == 0 {
		return [][]T{nil}
	}
	var out [][]T
	for i := range all {
		rest := slices.Concat(all[:i], all[i+1:])
		for _, p := range permutations(rest) {
			out = append(out, append([]T{all[i]}, p...))
		}
	}
	return out
}

// repeats is the earlier operation whose key o carries with another payload, or nil: the first that
// had it for sure, else the first.
func (r *bruteReading) repeats(o *bruteOp) *bruteOp {
	earlier := r.earlier(o)
	if i := slices.IndexFunc(earlier, func(x *bruteOp) bool { return r.surely(x, o) }); i >= 0 {
		return earlier[i]
	}
	if len(earlier) > 0 {
		return earlier[0]
	}
	return nil
}

// earlier lists the operations that came to the key of o before it.
func (r *bruteReading) earlier(o *bruteOp) []*bruteOp {
	return those(r.order[:slices.Index(r.order, o)], func(x *bruteOp) bool { return r.sameKey(o, x) })
}

// ordinary: it has a good key of its own.
func (r *bruteReading) ordinary(o *bruteOp) bool {
	return r.repeats(o) == nil && !r.keyRefused(o) && !r.keyless(o)
}

// executions counts how often an operation executed.
func (r *bruteReading) executions(o *bruteOp) int {
	n := 0
	for j, count := range r.counts[slices.Index(r.ops, o)] {
		if !o.slots[j].Notification {
			n = max(n, (count+o.slots[j].copies-1)/o.slots[j].copies)
		}
	}
	return n
}

// left reports whether an operation has any effect.
func (r *bruteReading) left(o *bruteOp) bool {
	return some(r.counts[slices.Index(r.ops, o)], func(n int) bool { return n > 0 })
}
