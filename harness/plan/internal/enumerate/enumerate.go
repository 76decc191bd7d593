// Package enumerate lists the smallest cases of each scenario, systematically and by how far they
// are from its simplest one.
//
// A candidate is a small case without its arguments. The scenario "lost answers" with two kinds of
// faults and an operation type "charge", for example, gives at depth 0 a charge whose first attempt
// has a fault of the first kind in its first way; one step deeper the same in the second way, or a
// fault of the second kind, and two steps deeper a fault of the second attempt. Candidates of all
// scenarios are sorted by depth, those of one depth by priority, and equals by the plan's seed. A
// plan is then filled from the front of the list.
package enumerate

import (
	"cmp"
	"math"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/internal/kinds"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Space is what small cases are made for.
type Space struct {
	Contract *model.Contract
	// Points are named points at which the service may crash.
	Points []string
	Seed   uint64
}

// Candidates lists at least n candidates of some scenarios, or all there are, by depth, and those
// of one depth by priority. The seed decides the order among equals.
func (s Space) Candidates(scenarios []scenario.Scenario, n int) []Candidate {
	var out []Candidate
	for limit := 2; limit <= maxDepth && len(out) < n; limit *= 2 {
		out = nil
		for i, one := range scenarios {
			e := &enumeration{
				space: s, scenario: one, limit: limit, index: i,
				applicable: applicable.Types(one, s.Contract),
			}
			out = append(out, e.all()...)
		}
	}
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.priority, b.priority),
			cmp.Compare(a.tieBreak, b.tieBreak))
	})
	return out
}

// Build makes the case of a candidate: dice decide only arguments and pauses.
func (s Space) Build(c *Candidate) model.Case {
	return dice.Cases(func(d dice.Dice) model.Case {
		one := draw.New(d, c.Scenario, s.Contract)
		one.Style, one.Differs, one.Seconds = c.style, c.differs, []int{0}
		if c.arrangement == sideBySide {
			one.Seconds = []int{1}
		}
		if c.Scenario.Shape != scenario.Independent {
			ofShape(one)
		} else {
			c.independent(one)
		}
		constraints.Allowed(&one.Case, s.Contract)
		return one.Case
	}).Example(dice.Seed(s.Seed, c.key(), 0))
}

// ofShape draws the operations that a shape asks for, as few as there may be.
func ofShape(d *draw.Draft) {
	if d.Scenario.Shape == scenario.Malformed {
		d.Scenario.Operations = scenario.Range{Min: 1, Max: 1}
	}
	d.Operations()
}

// independent draws the operations of a candidate with keys of their own, and gives them its faults
// and repeats.
func (c *Candidate) independent(d *draw.Draft) {
	d.Scenario.OneResource = c.Scenario.OneResource || c.arrangement != apart
	for i, typ := range c.Scenario.Types {
		client := 0
		if c.arrangement == apart || c.arrangement == sideBySide {
			client = i
		}
		d.Put(d.Operation(client, []string{typ}))
	}
	d.Case.Faults = slices.DeleteFunc(slices.Clone(c.faults), func(f fault.Fault) bool {
		return d.Case.Operation(f.Operation) == nil // the contract had no other one (see Put)
	})
	for i := range d.Case.Operations {
		// A client that does not wait meets the work of its own attempt; one that waits comes when
		// everything healed.
		draw.Retries(d, &d.Case.Operations[i], c.Depth > Simplest)
	}
	d.Scenario.Repeats = scenario.Range{Min: c.repeats, Max: c.repeats}
	draw.Repeats(d)
}

// enumeration lists the candidates of one scenario up to a depth.
type enumeration struct {
	space    Space
	scenario scenario.Scenario
	limit    int
	// index is that of the scenario among all: it decides with which type its candidates begin, so
	// that all types are met soon.
	index int
	// applicable are the operation types that suit the scenario.
	applicable []string
	candidates []Candidate
}

// all lists the candidates, each once. The first is the scenario's simplest and comes before all
// depths; the very simplest of all scenarios comes before those.
func (e *enumeration) all() []Candidate {
	switch {
	case e.scenario.Shape != scenario.Independent:
		e.shapes()
	case len(e.scenario.Faults) > 0:
		e.withFaults()
	default:
		e.withoutFaults()
	}
	seen := map[string]bool{}
	for i := range e.candidates { // writing a key costs most of the work
		e.candidates[i].written = e.candidates[i].key()
	}
	e.candidates = slices.DeleteFunc(e.candidates, func(c Candidate) bool {
		again := seen[c.written]
		seen[c.written] = true
		return again
	})
	for i := range e.candidates {
		c := &e.candidates[i]
		c.priority = priorityOf(c)
		if c.tieBreak = dice.Seed(e.space.Seed, c.key(), c.Depth); c.Depth == Simplest {
			c.tieBreak = i // in the order in which they were added
		} else if e.scenario.Shape != scenario.Independent && c.arrangement == sideBySide {
			c.tieBreak = math.MaxInt // the others tell of more services
		}
	}
	if len(e.candidates) > 0 {
		e.candidates[0].Depth = Simplest
	}
	if e.onlyRepeats() {
		e.candidates = append(e.candidates, e.sentOnce()...)
	}
	return e.candidates
}

// onlyRepeats reports whether operations of the scenario are just repeated, without waiting.
func (e *enumeration) onlyRepeats() bool {
	s := &e.scenario
	return s.Shape == scenario.Independent && len(s.Faults) == 0 && s.Pause == 0 && !s.Edge &&
		s.Repeats.Min > 0 && slices.Contains(e.arrangements(), apart)
}

// sentOnce lists the smallest cases there are: one operation sent once. The repeat that it needs is
// the one after everything healed. The first is of the type with the most effects, the others are
// of types that are there for another outcome.
func (e *enumeration) sentOnce() []Candidate {
	out := []Candidate{{Scenario: e.scenario, Depth: Simplest - 1}}
	out[0].Scenario.Types = []string{e.mostEffects(0)}
	for _, typ := range e.otherOutcomes() {
		c := Candidate{Scenario: e.scenario, Depth: Simplest}
		c.Scenario.Types = []string{typ}
		c.priority = priorityOf(&c)
		out = append(out, c)
	}
	return out
}

// otherOutcomes lists the types whose requests go where those of a type with more effects go.
// Such a type is in a contract because its arguments have another outcome: mostly it is refused.
func (e *enumeration) otherOutcomes() []string {
	met := map[string]bool{}
	return slices.DeleteFunc(e.byEffects(), func(typ string) bool {
		t := e.space.Contract.Operations[typ]
		route := t.Method + " " + t.Path
		defer func() { met[route] = true }()
		return !met[route]
	})
}

// inputs are what the ways of faults depend on.
func (e *enumeration) inputs() kinds.Inputs {
	return kinds.Of(e.space.Contract, e.space.Points)
}

// add keeps a candidate within the limit.
func (e *enumeration) add(c Candidate, types ...string) {
	if c.Depth > e.limit {
		return
	}
	c.Scenario = e.scenario
	c.Scenario.Types = types
	e.candidates = append(e.candidates, c)
}

// types lists the operation types in an order that the seed decides.
func (e *enumeration) types(what string) []string {
	all := e.applicable
	return rotated(all, e.index+int(e.space.Seed%uint64(len(all)))+len(what))
}

// seed is a number by which the plan's seed decides the order of something.
func (e *enumeration) seed(what string) int {
	return dice.Seed(e.space.Seed, e.scenario.DiceName()+what, 0)
}

// rotated begins a list elsewhere.
func rotated[T any](all []T, by int) []T {
	if len(all) == 0 {
		return nil
	}
	n := by % len(all)
	return slices.Concat(all[n:], all[:n])
}

// shapes lists the candidates in which keys and not faults are in question.
func (e *enumeration) shapes() {
	styles := []model.KeyStyle{""}
	switch e.scenario.Shape {
	case scenario.Malformed:
		styles = keyform.MalformedStyles(e.space.Contract)
	case scenario.SameBody:
		if e.space.Contract.Key.IsOptional() && e.space.Contract.Key.Empty == model.EmptyIsNone {
			styles = append(styles, keyform.AbsentStyles(e.space.Contract)...)
		}
	case scenario.NearMismatch:
		e.nearMismatches()
		return
	case scenario.CollidingKeys:
		e.alikes()
		return
	case scenario.Routes:
		e.pairsOfRoutes()
		return
	}
	for i, style := range rotated(styles, e.seed("style")) {
		for j, typ := range e.typesOfShape() {
			depth := i + j/2
			if e.scenario.Shape == scenario.Malformed {
				depth = i/4 + j // every way to spoil a key once, before another type has all of them
			}
			e.add(Candidate{style: style, Depth: depth}, typ)
			if e.scenario.Shape == scenario.Tenants {
				e.add(Candidate{arrangement: sideBySide, Depth: 1 + j/2}, typ)
			}
		}
	}
}

// typesOfShape lists the operation types, those first with which the most can go wrong.
func (e *enumeration) typesOfShape() []string {
	switch e.scenario.Shape {
	case scenario.AbandonedDuplicates:
		return e.byEffects()
	case scenario.RetryAfterOtherTraffic:
		return rotated(e.byEffects(), 1)
	case scenario.SameBody:
		return e.dependent()
	}
	return e.types("")
}

// dependent lists the operation types, those first that work on what another operation made: where
// it looks as if there were one of them for each, a second is soon taken for a repeat.
func (e *enumeration) dependent() []string {
	needs := func(typ string) (n int) {
		for _, a := range e.space.Contract.Operations[typ].Args {
			n = max(n, len(e.space.Contract.Resources[a.Resource].Needs))
		}
		return n
	}
	types := e.types("")
	slices.SortStableFunc(types, func(a, b string) int { return needs(b) - needs(a) })
	return types
}

// nearMismatches lists what alone may differ between two payloads: nothing of it is the simplest.
func (e *enumeration) nearMismatches() {
	for i, typ := range e.types("") {
		names := slices.Compact(differ.In(e.space.Contract, typ))
		for _, name := range rotated(names, i+e.seed("differs")) {
			e.add(Candidate{differs: name, Depth: i / 2}, typ)
		}
	}
}

// alikes lists keys that are nearly the same: long ones first, for more services cut keys than fold
// their case.
func (e *enumeration) alikes() {
	styles := slices.Compact(keyform.AlikeStyles(e.space.Contract))
	slices.Reverse(styles)
	for _, style := range styles { // no likeness is further from the simplest than another
		for j, typ := range e.types("") {
			e.add(Candidate{style: style, Depth: j}, typ)
		}
	}
}

// pairsOfRoutes lists every two routes once.
func (e *enumeration) pairsOfRoutes() {
	all := rotated(applicable.RouteTypes(e.space.Contract), e.seed("routes"))
	for i, a := range all {
		for j, b := range all[:i] {
			e.add(Candidate{Depth: i + j - 1}, a, b)
			e.add(Candidate{arrangement: sideBySide, Depth: i + j + 1}, a, b)
		}
	}
}

// arrangements lists how the operations of the scenario's small cases may meet, the simplest first.
func (e *enumeration) arrangements() []arrangement {
	var out []arrangement
	clients, operations := e.scenario.Clients.Or(1, 1), e.scenario.Operations.Or(1, 3)
	if operations.Min <= 1 {
		out = append(out, apart)
	}
	if clients.Min <= 1 && operations.Max > 1 {
		out = append(out, inTurn)
	}
	if clients.Max > 1 {
		out = append(out, sideBySide)
	}
	return out
}

// withoutFaults lists the candidates of a scenario without faults: repeats, and operations that
// meet. The first case has operations of all types, so that it shows what goes wrong without any
// fault.
func (e *enumeration) withoutFaults() {
	repeats := e.scenario.Repeats
	repeats.Max = max(repeats.Min, min(repeats.Max, 2))
	arrangements := e.arrangements()
	types := e.types("")
	switch {
	case e.scenario.Pause > 0: // what time undoes for one type it undoes for all
		e.add(Candidate{arrangement: apart, repeats: repeats.Min}, e.mostEffects(0))
	case slices.Contains(arrangements, inTurn): // repeated after everything healed
		e.add(Candidate{arrangement: allInTurn}, types[:min(4, len(types))]...)
	case slices.Equal(arrangements, []arrangement{sideBySide}):
		e.add(Candidate{arrangement: sideBySide, repeats: repeats.Min},
			e.mostEffects(0), e.mostEffects(1))
	}
	for _, how := range arrangements {
		for n := repeats.Min; n <= repeats.Max; n++ {
			e.typed(Candidate{arrangement: how, repeats: n, Depth: n - repeats.Min}, "")
		}
	}
}

// typed adds a candidate for every type of its operations, or for every two.
func (e *enumeration) typed(c Candidate, what string) {
	if c.Depth > e.limit {
		return // whatever its types are
	}
	types := e.types(what)
	if c.arrangement == apart {
		e.apart(c, types)
		return
	}
	for i, a := range types {
		for j, b := range rotated(types, i) {
			two := c
			two.Depth += i + j
			e.add(two, a, b)
		}
	}
}

// apart adds a candidate for every type: two types in a candidate, or four without faults.
func (e *enumeration) apart(c Candidate, types []string) {
	together := 2
	if len(c.faults) == 0 {
		together = 4
	}
	for i := 0; i < len(types); i += together {
		one := c
		one.faults = slices.Clone(c.faults)
		for _, fault := range c.faults {
			if !slices.ContainsFunc(c.faults, everywhere) && i+1 < len(types) {
				fault.Operation = "b"
				one.faults = append(one.faults, fault)
			}
		}
		e.add(one, types[i:min(i+together, len(types))]...)
	}
}

// everywhere reports whether a fault concerns all operations anyway.
func everywhere(f fault.Fault) bool { return f.Kind.Traits().AffectsAll }
