package judge

import (
	"cmp"
	"iter"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/internal/union"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// reading fixes what a history leaves open. The zero value is the obvious reading: every item goes
// to the operation that it fits best, and of payloads that met under one key the one that arrived
// first had it.
type reading struct {
	// owners are the claims of open items.
	owners map[*item]claim
	// orders say in which order the operations of a group of rivals came to their key.
	orders map[*rivals][]*operationView
}

// The search for an innocent reading is bounded in readings and in readings times operations, each
// about a second; it is counted and not timed, so that a history has one verdict everywhere.
const (
	maxReadings = 4096
	maxReread   = 400_000
)

// knot is what readings of some operations hang together by: items that several of them may have
// left, and keys that several of them met under.
type knot struct {
	items  []*item
	rivals []*rivals
}

// boundless reports whether too many payloads met under one key to try their orders.
func (k *knot) boundless() bool {
	return slices.ContainsFunc(k.rivals, func(g *rivals) bool { return g.many })
}

// knots finds what is open, by the operations concerned.
func (ix *index) knots() map[*operationView]*knot {
	group := union.New(len(ix.operations))
	for _, it := range ix.items {
		for i := 1; i < len(it.claims); i++ {
			group.Join(it.claims[0].op.index, it.claims[i].op.index)
		}
	}
	for _, g := range ix.rivals {
		for _, s := range g.operations[1:] {
			group.Join(g.operations[0].index, s.index)
		}
	}
	all := map[int]*knot{}
	of := func(s *operationView) *knot {
		root := group.Find(s.index)
		if all[root] == nil {
			all[root] = &knot{}
		}
		return all[root]
	}
	for _, it := range ix.items {
		if it.open() {
			k := of(it.claims[0].op)
			k.items = append(k.items, it)
		}
	}
	for _, g := range ix.rivals {
		if len(g.orders) > 1 || g.many {
			k := of(g.operations[0])
			k.rivals = append(k.rivals, g)
		}
	}
	out := map[*operationView]*knot{}
	for _, s := range ix.operations {
		if k := all[group.Find(s.index)]; k != nil {
			out[s] = k
		}
	}
	return out
}

// readings lists every reading of some knots; all others keep the obvious one.
func readings(knots []*knot) iter.Seq[*reading] {
	return func(yield func(*reading) bool) {
		r := &reading{owners: map[*item]claim{}, orders: map[*rivals][]*operationView{}}
		var choices []func(func() bool) bool
		for _, k := range knots {
			choices = append(choices, k.choices(r)...)
		}
		inEveryWay(choices, func() bool { return yield(r) })
	}
}

// inEveryWay makes every choice in every way; it reports whether it was not stopped.
func inEveryWay(choices []func(func() bool) bool, then func() bool) bool {
	if len(choices) == 0 {
		return then()
	}
	return choices[0](func() bool { return inEveryWay(choices[1:], then) })
}

// choices are the open questions of a knot. Each calls a function for every answer, with the answer
// in the reading, until the function returns false.
func (k *knot) choices(r *reading) []func(func() bool) bool {
	var out []func(func() bool) bool
	for _, g := range k.rivals {
		out = append(out, func(next func() bool) bool {
			for _, order := range g.orders {
				if r.orders[g] = order; !next() {
					return false
				}
			}
			return true
		})
	}
	for i, it := range k.items {
		out = append(out, func(next func() bool) bool {
			for n := k.firstClaim(r, i); n < len(it.claims); n++ {
				if r.owners[it] = it.claims[n]; !next() {
					return false
				}
			}
			return true
		})
	}
	return out
}

// firstClaim is the first claim to try for item i: of items that are alike only how many each
// operation gets matters, so that they are given away in the order of their claims.
func (k *knot) firstClaim(r *reading, i int) int {
	for j := i - 1; j >= 0; j-- {
		if k.items[j].alike(k.items[i]) {
			return slices.Index(k.items[i].claims, r.owners[k.items[j]])
		}
	}
	return 0
}

// innocent looks for a reading that breaks no rule, given what the obvious one breaks, and returns
// its verdict; without one the verdict of the reading that breaks least. Where too much is open to
// try every reading, only what no reading touches is a violation, and without that the verdict is
// unknown.
func (v *view) innocent(obvious verdict.Verdict, spec model.Spec) verdict.Verdict {
	knots := v.knots()
	best, last, tried := obvious, v, 0
	var touched []*knot
	for {
		before := len(touched)
		touched = v.touch(touched, knots, best)
		if len(touched) == before {
			return best
		}
		if slices.ContainsFunc(touched, (*knot).boundless) {
			return last.undecided(best, knots)
		}
		for r := range readings(touched) {
			if tried++; tried > maxReadings || tried*len(v.operations) > maxReread {
				return last.undecided(best, knots)
			}
			last = v.in(r)
			if next := last.judged(spec); milder(next, best) {
				best = next
			}
			if best.Verdict != verdict.Invalid {
				return best
			}
		}
	}
}

// touch adds the knots of the operations that violations hang on.
func (ix *index) touch(
	known []*knot, knots map[*operationView]*knot, found verdict.Verdict,
) []*knot {
	for _, violation := range found.Violations {
		for _, s := range ix.concerned(violation) {
			if k := knots[s]; k != nil && !slices.Contains(known, k) {
				known = append(known, k)
			}
		}
	}
	return known
}

// concerned lists the operations that a violation hangs on: those that it names, and where no order
// explains what was seen, all whose execution may explain it.
func (ix *index) concerned(found verdict.Violation) []*operationView {
	var out []*operationView
	for _, id := range found.Operations {
		out = append(out, ix.byID[id])
	}
	if len(out) == 0 || RuleOf(found.Rule).check != nil {
		return out
	}
	parts := ix.partitions()
	return parts[slices.IndexFunc(parts, func(p *partition) bool {
		return slices.Contains(p.operations, out[0])
	})].operations
}

// milder orders the verdicts of readings: the one that breaks fewer rules, and among equals the one
// whose first is of the lowest priority.
func milder(a, b verdict.Verdict) bool {
	if a.Verdict != verdict.Invalid || b.Verdict != verdict.Invalid {
		return a.Verdict != verdict.Invalid
	}
	return cmp.Or(
		cmp.Compare(len(a.Violations), len(b.Violations)),
		CompareRules(b.Violations[0].Rule, a.Violations[0].Rule),
	) < 0
}

// undecided keeps the violations that hang on nothing open.
func (v *view) undecided(best verdict.Verdict, knots map[*operationView]*knot) verdict.Verdict {
	best.Violations = slices.DeleteFunc(best.Violations, func(found verdict.Violation) bool {
		open := slices.ContainsFunc(v.concerned(found), func(s *operationView) bool {
			return knots[s] != nil
		})
		return open || len(found.Operations) == 0 || !RuleOf(found.Rule).spoilsState
	})
	v.doubt("operations share keys or correlation IDs in more ways than can be tried (%d)",
		maxReadings)
	v.addReasons(&best)
	settle(&best)
	return best
}
