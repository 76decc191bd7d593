package plan

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Search is how the cases of a plan are chosen.
type Search string

// The ways to search. The zero value means Guided.
const (
	// Guided begins with the smallest cases of every scenario, each fault at each address, in turns
	// with drawn ones, and spends the last quarter on changed copies of cases that showed something
	// new.
	Guided Search = "guided"
	// Random draws every case by its scenario's dice.
	Random Search = "random"
)

// Novel is the name under which cases are counted that are changed copies of cases that showed
// something new.
const Novel = "novel"

// NovelScenario explains [Novel] as the catalogue explains scenarios. It cannot be drawn.
func NovelScenario() Scenario {
	return Scenario{
		Name: Novel, Rules: []string{},
		Reason: "Cases that showed something new, changed a little: made while a guided run lasts, " +
			"and not to be chosen.",
	}
}

// Searches lists the ways to search, the usual one first.
func Searches() []Search { return []Search{Guided, Random} }

// noveltyShare is the part of all cases that is kept for changed copies: one in so many.
const noveltyShare = 4

// room is how many of some cases are kept for changed copies. Every scenario gets its first case
// before any copy is made.
func room(cases, scenarios int) int { return max(0, min(cases/noveltyShare, cases-scenarios)) }

// fill draws the cases of a plan by its search.
func (o Options) fill(plan *model.Plan, scenarios []Scenario) error {
	switch o.Search {
	case Guided, "":
		plan.Novelty = room(o.Cases, len(scenarios))
		plan.Cases = o.guided(scenarios, o.Cases-plan.Novelty)
	case Random:
		plan.Cases = make([]model.Case, o.Cases)
		for i := range plan.Cases {
			plan.Cases[i] = o.random(scenarios[i%len(scenarios)], i)
		}
	default:
		return fmt.Errorf("drawing a plan: search %q is none of %q", o.Search, Searches())
	}
	for i := range plan.Cases {
		plan.Cases[i].Index = i
	}
	return nil
}

// random draws case i of a plan by a scenario's dice.
func (o Options) random(s Scenario, i int) model.Case {
	return drawCase(s, o).Example(caseSeed(o.Seed, s.Name, i))
}

// guided returns the smallest cases in the order of their telling power: one of every scenario and
// what is as simple, and then the others in turns with random ones, so that what lies outside of
// the small scope is met too.
func (o Options) guided(scenarios []Scenario, n int) []model.Case {
	forms := o.scope(scenarios, n)
	if slices.IndexFunc(forms, func(f form) bool { return f.level > first }) > n {
		forms = onePerScenario(forms)
	}
	begin := slices.IndexFunc(forms, func(f form) bool { return f.level > 0 })
	if begin < 0 {
		begin = len(forms)
	}
	out := make([]model.Case, 0, n)
	for drawn := 0; len(out) < n; {
		i := len(out)
		if small := i < begin || i%2 == 0; small && len(forms) > 0 {
			out = append(out, o.build(forms[0]))
			forms = forms[1:]
			continue
		}
		out = append(out, o.random(scenarios[drawn%len(scenarios)], i))
		drawn++
	}
	return slices.Clip(out)
}

// onePerScenario keeps the first form of every scenario.
func onePerScenario(forms []form) []form {
	seen := map[string]bool{}
	return slices.DeleteFunc(forms, func(f form) bool {
		again := seen[f.scenario.Name]
		seen[f.scenario.Name] = true
		return again
	})
}

// build makes a case of a form: only arguments and pauses are diced.
func (o Options) build(f form) model.Case {
	small := rapid.Custom(func(t *rapid.T) model.Case {
		d := &drawing{T: t, scenario: f.scenario, contract: o.Contract, points: o.Points}
		d.out.Scenario = f.scenario.Name
		d.small(f)
		rapid.Bool().Draw(t, "end") // rapid rejects a case for which no die was rolled
		return d.out
	})
	return small.Example(caseSeed(o.Seed, f.key(), 0))
}

// telling orders forms by how much they tell for their attempts.
func telling(f *form) int {
	return slices.IndexFunc(tellingOrder(), func(is func(*form) bool) bool { return is(f) })
}

// tellingOrder lists what forms are about, first what has most outcomes for its attempts: a copy
// during the work, which a lock must outlast; a refusal; clients that leave or come late.
func tellingOrder() []func(*form) bool {
	begins := func(kind fault.Kind) func(*form) bool {
		return func(f *form) bool {
			s := &f.scenario
			return s.Shape == Independent && len(s.Faults) > 0 && s.Faults[0] == kind
		}
	}
	shaped := func(shape Shape) func(*form) bool {
		return func(f *form) bool { return f.scenario.Shape == shape }
	}
	unstruck := func(f *form) bool {
		return f.scenario.Shape == Independent && len(f.scenario.Faults) == 0
	}
	alone := func(f *form) bool { return unstruck(f) && f.layout == apart && f.repeats == 0 }
	late := func(f *form) bool { return unstruck(f) && (f.scenario.Pause > 0 || f.scenario.Edge) }
	crowd := func(f *form) bool { return unstruck(f) && f.scenario.Clients.Max > 1 }
	return []func(*form) bool{
		begins(fault.StaggeredDuplicate), alone, begins(fault.Disconnect), late,
		crowd, shaped(SameBody), begins(fault.ConcurrentDuplicate), unstruck,
		begins(fault.RequestCut), begins(fault.Crash),
		shaped(Mismatch), shaped(NearMismatch), shaped(OtherResource),
		shaped(Tenants), shaped(Routes), shaped(Malformed), shaped(AlikeKeys), shaped(LeftCopies),
		shaped(MuchBetween),
		begins(fault.ResponseLost), begins(fault.GatewayError), begins(fault.LateArrival),
		begins(fault.HiddenDuplicate), begins(fault.Refused), begins(fault.Reorder),
		begins(fault.Partition), begins(fault.RequestLost), func(*form) bool { return true },
	}
}
