package plan

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// address is where a fault strikes in a small case, and what that adds to its level.
type address struct {
	layout    layout
	operation string
	attempt   int
	cost      int
}

// addresses lists every attempt of one and of two operations with up to two retries. Of two
// operations side by side only the first is struck: the other way round is the same case with their
// types exchanged.
func (e *enumeration) addresses() []address {
	var out []address
	for _, l := range e.layouts() {
		for n := 1; n <= mostStruck; n++ {
			out = append(out, address{l, "a", n, 2*int(l) + 2*(n-1)})
			if l == inTurn {
				out = append(out, address{l, "b", n, 3 + 2*(n-1)})
			}
		}
	}
	return cheapest(out)
}

// cheapest counts the costs from the least.
func cheapest(all []address) []address {
	least := highest
	for _, a := range all {
		least = min(least, a.cost)
	}
	for i := range all {
		all[i].cost -= least
	}
	return all
}

// struck lists the forms of a scenario with faults: every kind in every way at every address, and,
// where several may strike, every two kinds.
func (e *enumeration) struck() {
	strikes := e.Strikes.or(Range{1, 2})
	if strikes.Min <= 1 {
		e.first(e.Faults[0])
	}
	for k, kind := range turned(e.Faults, e.seed("kinds")) {
		ways := variants(kind, e.options.Contract.Timeout(), e.options.Points)
		for v, f := range ways {
			f.Kind = kind
			if strikes.Min <= 1 {
				e.single(f, k+wayLevel(kind, v))
			}
		}
		if strikes.Max > 1 {
			ways[0].Kind = kind
			e.second(ways[0], k, max(0, 3*(2-strikes.Min)))
		}
	}
}

// first adds the forms that begin a scenario whose smallest cases tell most: one operation sent
// again at once or in the midst of its work, or one whose client leaves, of the two types with the
// most effects.
func (e *enumeration) first(kind fault.Kind) {
	places := map[fault.Kind][]int{
		fault.ConcurrentDuplicate: {0}, fault.StaggeredDuplicate: {1}, fault.Disconnect: {1, 0},
	}[kind]
	if !slices.Contains(e.layouts(), apart) {
		return
	}
	f := variants(kind, e.options.Contract.Timeout(), e.options.Points)[0]
	f.Kind = kind
	for _, place := range places {
		faults := []fault.Fault{placed(f, address{operation: "a", attempt: 1})}
		e.add(form{layout: apart, faults: faults, level: first}, e.richest(place))
	}
}

// richest is the operation type with the most effects, or the one at another place. Two places are
// used in turns, so that what only one type gets wrong is met soon too.
func (e *enumeration) richest(place int) string {
	types := e.telling()
	return types[min(place, len(types)-1)]
}

// telling lists the operation types, those with many effects first: there is more that can go wrong
// with them.
func (e *enumeration) telling() []string {
	all := slices.Clone((&drawing{scenario: e.Scenario, contract: e.options.Contract}).types())
	slices.SortStableFunc(all, func(a, b string) int {
		s, t := e.options.Contract.Operations[a], e.options.Contract.Operations[b]
		return cmp.Or(len(t.Effects)-len(s.Effects), len(t.Answer.Fields)-len(s.Answer.Fields))
	})
	return all
}

// wayLevel is what a way of a kind adds to the level. To leave at once and to leave in the midst of
// the work are equally simple and tell different things.
func wayLevel(kind fault.Kind, way int) int {
	if kind == fault.Disconnect {
		return max(0, way-1)
	}
	return way
}

// single lists the forms with one fault.
func (e *enumeration) single(f fault.Fault, level int) {
	for _, at := range e.addresses() {
		if level+at.cost <= e.limit {
			faults := append(before(f.Kind, at), placed(f, at))
			e.typed(form{layout: at.layout, faults: faults, level: level + at.cost}, string(f.Kind))
		}
	}
}

// before returns what strikes the attempts before an address, so that the fault there can fire:
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

// second lists the forms with two faults: on one operation one after the other, or on the first
// attempts of two.
func (e *enumeration) second(f fault.Fault, level, more int) {
	for k, kind := range turned(e.Faults, e.seed("second kinds"+string(f.Kind))) {
		g := variants(kind, e.options.Contract.Timeout(), e.options.Points)[0]
		g.Kind = kind
		if f.Kind.Traits().StrikesAll || kind.Traits().StrikesAll {
			continue
		}
		for l, layout := range e.layouts() {
			at := address{operation: "b", attempt: 1}
			if layout == apart {
				at = address{operation: "a", attempt: 1 + max(f.Copies, 1)}
			}
			if layout == apart && kind.Traits().NeedsWork && !f.Kind.Traits().NeverArrives {
				continue
			}
			e.typed(form{
				layout: layout, level: level + k + l + more,
				faults: []fault.Fault{placed(f, address{operation: "a", attempt: 1}), placed(g, at)},
			}, string(f.Kind))
		}
	}
}

// small makes the case of a form.
func (d *drawing) small(f form) {
	d.style, d.differs = f.style, f.differs
	if f.scenario.Shape != Independent {
		if f.scenario.Shape == Malformed {
			d.scenario.Operations = Range{1, 1}
		}
		d.operations()
		return
	}
	d.scenario.OneResource = f.scenario.OneResource || f.layout != apart
	for i, typ := range f.scenario.Types {
		client := 0
		if f.layout == apart || f.layout == sideBySide {
			client = i
		}
		d.put(d.operation(client, []string{typ}))
	}
	d.out.Faults = slices.DeleteFunc(slices.Clone(f.faults), func(f fault.Fault) bool {
		return d.out.Operation(f.Operation) == nil // the contract had no other one (see put)
	})
	for i := range d.out.Operations {
		// A client that is in a hurry meets the work of its own attempt; one that waits is met when
		// everything healed.
		d.retries(&d.out.Operations[i], f.level > first)
	}
	d.scenario.Repeats = Range{f.repeats, f.repeats}
	d.repeats()
}

// retries gives an operation its attempts, all of them made whatever the answers, and a retry after
// the last that is struck: all at once or, if they may wait, all after a backoff. Copies that all
// come from the client are repeats already, and one follows after everything healed.
func (d *drawing) retries(op *model.PlannedOperation, mayWait bool) {
	last := lastStruck(&d.out, op.ID)
	if last == 0 {
		return
	}
	waits := mayWait && d.between(0, 1, "back off") == 1
	n := last + 1
	if copied(d.out.Faults, op.ID, last) {
		n = last
	}
	op.Attempts = make([]model.PlannedAttempt, n)
	for i := range op.Attempts {
		op.Attempts[i].Repeat = true
		if waits && i > 0 {
			op.Attempts[i].After = d.backoff(i)
		}
	}
}

// copied tells whether attempt n of an operation is one of several that its client makes by plan.
func copied(faults []fault.Fault, op string, n int) bool {
	return slices.ContainsFunc(faults, func(f fault.Fault) bool {
		return f.Operation == op && f.Copies > 1 && f.Attempt+f.Copies-1 == n
	})
}
