package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// layout says how many operations a small case has and how they meet.
type layout int

const (
	// apart are operations of different types that never meet, each struck in the same way: several
	// cases of one operation for the price of one.
	apart layout = iota
	// allInTurn are operations of all types by one client on the same resources.
	allInTurn
	// inTurn are two operations by one client, sideBySide two by two clients, both on the same
	// resources.
	inTurn
	sideBySide
)

// form is one of the smallest cases before its arguments are diced.
type form struct {
	// scenario is the one it belongs to, with the types of the form's operations.
	scenario Scenario
	layout   layout
	// style is the key's, where the shape has several; differs is all that two payloads of one key
	// differ in, where that is little.
	style   model.KeyStyle
	differs string
	faults  []fault.Fault
	repeats int
	// level is how far it is from the simplest form of its scenario: later kinds, ways, types,
	// attempts and second operations each add to it.
	level int
	// telling and turn order forms of one level.
	telling, turn int
}

// key identifies what is tried: forms with one key are the same case.
func (f *form) key() string {
	return fmt.Sprint(f.scenario.Name, f.scenario.Types, f.layout, f.style, f.differs, f.faults,
		f.repeats)
}

// highest is a level above that of all forms, first that of each scenario's simplest.
const highest, first = 128, -1

// scope lists at least n small forms of some scenarios, or all there are, by their levels, and
// those of one level by what they tell. The seed turns the order among equals.
func (o Options) scope(scenarios []Scenario, n int) []form {
	var out []form
	for limit := 2; limit <= highest && len(out) < n; limit *= 2 {
		out = nil
		for i, s := range scenarios {
			e := &enumeration{options: o, Scenario: s, limit: limit, place: i}
			out = append(out, e.all()...)
		}
	}
	slices.SortStableFunc(out, func(a, b form) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.telling, b.telling),
			cmp.Compare(a.turn, b.turn))
	})
	return out
}

// enumeration lists the small forms of one scenario up to a level.
type enumeration struct {
	options Options
	Scenario
	limit int
	// place is that of the scenario among all: it decides with which type its forms begin, so that
	// all types are met soon.
	place int
	forms []form
}

// all lists the forms, each once. The first is the scenario's simplest and comes before all levels;
// the very simplest of all scenarios comes before those.
func (e *enumeration) all() []form {
	switch {
	case e.Shape != Independent:
		e.shapes()
	case len(e.Faults) > 0:
		e.struck()
	default:
		e.unstruck()
	}
	seen := map[string]bool{}
	e.forms = slices.DeleteFunc(e.forms, func(f form) bool {
		again := seen[f.key()]
		seen[f.key()] = true
		return again
	})
	for i := range e.forms {
		f := &e.forms[i]
		f.telling = telling(f)
		if f.turn = caseSeed(e.options.Seed, f.key(), f.level); f.level == first {
			f.turn = i // in the order in which they were added
		}
	}
	if len(e.forms) > 0 {
		e.forms[0].level = first
	}
	if e.plain() {
		e.forms = append(e.forms, e.alone()...)
	}
	return e.forms
}

// plain tells whether operations of the scenario are just repeated, without waiting.
func (e *enumeration) plain() bool {
	return e.Shape == Independent && len(e.Faults) == 0 && e.Pause == 0 && !e.Edge &&
		e.Repeats.Min > 0 && slices.Contains(e.layouts(), apart)
}

// alone lists the smallest cases there are: one operation sent once. The repeat that it needs is
// the one after everything healed. The first is of the type with the most effects, the others are
// of types that are there for another outcome.
func (e *enumeration) alone() []form {
	out := []form{{scenario: e.Scenario, level: first - 1}}
	out[0].scenario.Types = []string{e.richest(0)}
	for _, typ := range e.otherOutcomes() {
		f := form{scenario: e.Scenario, level: first}
		f.scenario.Types = []string{typ}
		f.telling = telling(&f)
		out = append(out, f)
	}
	return out
}

// otherOutcomes lists the types whose requests go where those of a more telling type go. Such a
// type is in a contract for its arguments, which have another outcome: mostly it is refused.
func (e *enumeration) otherOutcomes() []string {
	met := map[string]bool{}
	return slices.DeleteFunc(e.telling(), func(typ string) bool {
		t := e.options.Contract.Operations[typ]
		route := t.Method + " " + t.Path
		defer func() { met[route] = true }()
		return !met[route]
	})
}

// add keeps a form within the limit.
func (e *enumeration) add(f form, types ...string) {
	if f.level > e.limit {
		return
	}
	f.scenario = e.Scenario
	f.scenario.Types = types
	e.forms = append(e.forms, f)
}

// types lists the operation types in an order of the seed's.
func (e *enumeration) types(what string) []string {
	all := operationTypes(e.Scenario, e.options.Contract)
	return turned(all, e.place+int(e.options.Seed%uint64(len(all)))+len(what))
}

// seed is a die of the plan's for the enumeration's order.
func (e *enumeration) seed(what string) int { return caseSeed(e.options.Seed, e.Name+what, 0) }

// turned begins a list elsewhere.
func turned[T any](all []T, by int) []T {
	if len(all) == 0 {
		return nil
	}
	n := by % len(all)
	return slices.Concat(all[n:], all[:n])
}

// shapes lists the forms in which keys and not faults are in question.
func (e *enumeration) shapes() {
	styles := []model.KeyStyle{""}
	switch e.Shape {
	case Malformed:
		styles = keyform.MalformedStyles(e.options.Contract)
	case SameBody:
		if e.options.Contract.Key.IsOptional() && e.options.Contract.Key.Empty == model.EmptyIsNone {
			styles = append(styles, keyform.AbsentStyles(e.options.Contract)...)
		}
	case NearMismatch:
		e.nearMismatches()
		return
	case AlikeKeys:
		e.alikes()
		return
	case Routes:
		e.pairsOfRoutes()
		return
	}
	for i, style := range turned(styles, e.seed("style")) {
		for j, typ := range e.typesOfShape() {
			e.add(form{style: style, level: i + j/2}, typ)
		}
	}
}

// typesOfShape lists the operation types, those first with which the most can go wrong.
func (e *enumeration) typesOfShape() []string {
	switch e.Shape {
	case LeftCopies:
		return e.telling()
	case MuchBetween:
		return turned(e.telling(), 1)
	case SameBody:
		return e.dependent()
	}
	return e.types("")
}

// dependent lists the operation types, those first that work on what another operation made: where
// it looks as if there were one of them for each, a second is soon taken for a repeat.
func (e *enumeration) dependent() []string {
	needs := func(typ string) (most int) {
		for _, a := range e.options.Contract.Operations[typ].Args {
			most = max(most, len(e.options.Contract.Resources[a.Resource].Needs))
		}
		return most
	}
	types := e.types("")
	slices.SortStableFunc(types, func(a, b string) int { return needs(b) - needs(a) })
	return types
}

// nearMismatches lists what alone may differ between two payloads: nothing of it is the simplest.
func (e *enumeration) nearMismatches() {
	for i, typ := range e.types("") {
		names := slices.Compact(differ.In(e.options.Contract, typ))
		for _, name := range turned(names, i+e.seed("differs")) {
			e.add(form{differs: name, level: i / 2}, typ)
		}
	}
}

// alikes lists keys that are nearly the same: long ones first, for more services cut keys than fold
// them.
func (e *enumeration) alikes() {
	styles := slices.Compact(keyform.AlikeStyles(e.options.Contract))
	slices.Reverse(styles)
	for _, style := range styles { // no likeness is further from the simplest than another
		for j, typ := range e.types("") {
			e.add(form{style: style, level: j}, typ)
		}
	}
}

// pairsOfRoutes lists every two routes once.
func (e *enumeration) pairsOfRoutes() {
	all := turned(RouteTypes(e.options.Contract), e.seed("routes"))
	for i, a := range all {
		for j, b := range all[:i] {
			e.add(form{level: i + j - 1}, a, b)
		}
	}
}

// layouts lists how the operations of the scenario's small cases may meet, the simplest first.
func (e *enumeration) layouts() []layout {
	var out []layout
	clients, operations := e.Clients.or(Range{1, 1}), e.Operations.or(Range{1, 3})
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

// unstruck lists the forms of a scenario without faults: repeats, and operations that meet. What
// goes wrong without any fault should be seen in the first case, so that one has operations of all
// types.
func (e *enumeration) unstruck() {
	repeats := Range{e.Repeats.Min, max(e.Repeats.Min, min(e.Repeats.Max, 2))}
	layouts := e.layouts()
	types := e.types("")
	switch {
	case e.Pause > 0: // what time alone undoes it undoes for all types
		e.add(form{layout: apart, repeats: repeats.Min}, types[0])
	case slices.Contains(layouts, inTurn): // repeated after everything healed
		e.add(form{layout: allInTurn}, types[:min(4, len(types))]...)
	case slices.Equal(layouts, []layout{sideBySide}):
		e.add(form{layout: sideBySide, repeats: repeats.Min}, e.richest(0), e.richest(1))
	}
	for _, layout := range layouts {
		for n := repeats.Min; n <= repeats.Max; n++ {
			e.typed(form{layout: layout, repeats: n, level: n - repeats.Min}, "")
		}
	}
}

// typed adds a form for every type of its operations, or for every two.
func (e *enumeration) typed(f form, what string) {
	types := e.types(what)
	if f.layout == apart {
		e.apart(f, types)
		return
	}
	for i, a := range types {
		for j, b := range turned(types, i) {
			two := f
			two.level += i + j
			e.add(two, a, b)
		}
	}
}

// apart adds a form for every type: two types in a form, or four where nothing is struck.
func (e *enumeration) apart(f form, types []string) {
	together := 2
	if len(f.faults) == 0 {
		together = 4
	}
	for i := 0; i < len(types); i += together {
		one := f
		one.faults = slices.Clone(f.faults)
		for _, fault := range f.faults {
			if !slices.ContainsFunc(f.faults, everywhere) && i+1 < len(types) {
				fault.Operation = "b"
				one.faults = append(one.faults, fault)
			}
		}
		e.add(one, types[i:min(i+together, len(types))]...)
	}
}

// everywhere tells whether a fault strikes all operations anyway.
func everywhere(f fault.Fault) bool { return f.Kind.Traits().StrikesAll }
