package enumerate

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/fault"
)

// address is for which attempt of a small case a fault is planned, and what that adds to its depth.
type address struct {
	arrangement arrangement
	operation   string
	attempt     int
	cost        int
}

// addresses lists every attempt of one and of two operations with up to two retries. Of two
// operations side by side only the first gets faults: the other way round is the same case with
// their types exchanged.
func (e *enumeration) addresses() []address {
	var out []address
	for _, how := range e.arrangements() {
		for n := 1; n <= constraints.MaxFaulted; n++ {
			out = append(out, address{how, "a", n, 2*int(how) + 2*(n-1)})
			if how == inTurn {
				out = append(out, address{how, "b", n, 3 + 2*(n-1)})
			}
		}
	}
	return cheapest(out)
}

// cheapest counts the costs from the least.
func cheapest(all []address) []address {
	byCost := func(a, b address) int { return cmp.Compare(a.cost, b.cost) }
	minCost := min(maxDepth, slices.MinFunc(all, byCost).cost)
	return lists.Map(all, func(at address) address {
		at.cost -= minCost
		return at
	})
}

// withFaults lists the candidates of a scenario with faults: every kind in every way at every
// address, and, where a case may have several, every two kinds.
func (e *enumeration) withFaults() {
	count := e.scenario.FaultCount.Or(1, 2)
	if count.Min <= 1 {
		e.opening()
	}
	for k, kind := range e.kinds() {
		ways := kinds.Ways(kind, e.inputs())
		for v, f := range ways {
			f.Kind = kind
			if count.Min <= 1 {
				e.oneFault(f, k+wayDepth(kind, v))
			}
		}
		if count.Max > 1 {
			ways[0].Kind = kind
			e.twoFaults(ways[0], k, max(0, 3*(2-count.Min)))
		}
	}
}

// opening adds the candidates that a scenario begins with: one operation with one fault, of one of
// the two types with the most effects, for another type may need as many attempts again and seldom
// shows more. Copies and clients that leave have the most outcomes, so that who begins with them is
// fixed, and clients leave with both types.
func (e *enumeration) opening() {
	kind := e.scenario.Faults[0]
	places := map[fault.Kind][]int{
		fault.ConcurrentDuplicate: {0}, fault.StaggeredDuplicate: {1}, fault.Disconnect: {1, 0},
	}[kind]
	if places == nil {
		kind, places = e.kinds()[0], []int{e.index % 2}
	}
	if !slices.Contains(e.arrangements(), apart) {
		return
	}
	f := kinds.Ways(kind, e.inputs())[0]
	f.Kind = kind
	for _, place := range places {
		faults := []fault.Fault{placed(f, address{operation: "a", attempt: 1})}
		e.add(Candidate{arrangement: apart, faults: faults, Depth: Simplest}, e.mostEffects(place))
	}
}

// kinds lists the kinds of faults of the scenario, in an order of the plan's seed.
func (e *enumeration) kinds() []fault.Kind { return rotated(e.scenario.Faults, e.seed("kinds")) }

// mostEffects is the operation type with the most effects, or the one at another place. Two places
// take turns, so that what only one type gets wrong is met soon too.
func (e *enumeration) mostEffects(place int) string {
	types := e.byEffects()
	return types[min(place, len(types)-1)]
}

// byEffects lists the operation types, those with many effects first: there is more that can go
// wrong with them.
func (e *enumeration) byEffects() []string {
	all := slices.Clone(e.applicable)
	slices.SortStableFunc(all, func(a, b string) int {
		s, t := e.space.Contract.Operations[a], e.space.Contract.Operations[b]
		return cmp.Or(len(t.Effects)-len(s.Effects), len(t.Answer.Fields)-len(s.Answer.Fields))
	})
	return all
}

// wayDepth is what a way of a kind adds to the depth. To leave at once and to leave during the
// work are equally simple and show different mistakes.
func wayDepth(kind fault.Kind, way int) int {
	if kind == fault.Disconnect {
		return max(0, way-1)
	}
	return way
}

// oneFault lists the candidates with one fault.
func (e *enumeration) oneFault(f fault.Fault, depth int) {
	for _, at := range e.addresses() {
		if depth+at.cost <= e.limit {
			faults := append(before(f.Kind, at), placed(f, at))
			e.typed(Candidate{
				arrangement: at.arrangement, faults: faults, Depth: depth + at.cost,
			}, string(f.Kind))
		}
	}
}

// before returns the faults of the attempts before an address, so that the fault there can fire:
// the service is surely at work only on an operation that it has not seen.
func before(kind fault.Kind, at address) []fault.Fault {
	var out []fault.Fault
	for n := 1; kind.Traits().NeedsWork && n < at.attempt; n++ {
		lost := fault.Fault{Kind: fault.RequestLost, Mode: fault.Close}
		out = append(out, placed(lost, address{operation: at.operation, attempt: n}))
	}
	return out
}

// placed returns a fault at an address.
func placed(f fault.Fault, at address) fault.Fault {
	f.Operation, f.Attempt = at.operation, at.attempt
	return f
}

// twoFaults lists the candidates with two faults: on one operation one after the other, or on the
// first attempts of two.
func (e *enumeration) twoFaults(f fault.Fault, depth, more int) {
	for k, kind := range rotated(e.scenario.Faults, e.seed("second kinds"+string(f.Kind))) {
		g := kinds.Ways(kind, e.inputs())[0]
		g.Kind = kind
		if f.Kind.Traits().AffectsAll || kind.Traits().AffectsAll {
			continue
		}
		for l, how := range e.arrangements() {
			at := address{operation: "b", attempt: 1}
			if how == apart {
				at = address{operation: "a", attempt: 1 + max(f.Copies, 1)}
			}
			if how == apart && kind.Traits().NeedsWork && !f.Kind.Traits().NeverArrives {
				continue
			}
			e.typed(Candidate{
				arrangement: how, Depth: depth + k + l + more,
				faults: []fault.Fault{placed(f, address{operation: "a", attempt: 1}), placed(g, at)},
			}, string(f.Kind))
		}
	}
}
