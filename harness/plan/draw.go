// Package plan draws, enumerates and changes cases: all dice of a run are rolled here and in the
// rooms below, and nothing is sent. Package simplify makes cases simpler; package property draws
// them one by one for property-based tests.
package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/internal/enumerate"
	"github.com/idemcheck/idemcheck/model"
)

// Options say what to draw.
type Options struct {
	Contract  *model.Contract
	Scenarios []Scenario
	Seed      uint64
	// Cases is how many cases to draw; zero means twenty of every scenario that applies.
	Cases int
	// Points are named points at which the service may crash.
	Points []string
	// Search is how cases are chosen; empty means Guided.
	Search Search
	// Stop is closed when nobody waits for the plan any more: then Draw fails soon. Nil never is.
	Stop <-chan struct{}
}

// stopped reports whether nobody waits for the plan any more.
func (o Options) stopped() bool {
	select {
	case <-o.Stop:
		return true
	default:
		return false
	}
}

// casesPerScenario is how many cases a scenario gets when nothing else is said.
const casesPerScenario = 20

// Draw rolls all dice of a run: the same options give the same plan, byte for byte. Scenarios take
// turns; those that the contract leaves no room for are left out (see [Applicable]). A guided plan
// keeps room for cases that are found while it runs (model.Plan.Novelty); the count includes them.
func Draw(o Options) (*model.Plan, error) {
	scenarios := Chosen(o.Scenarios, o.Contract)
	if len(scenarios) == 0 {
		why := ""
		for _, s := range o.Scenarios[:min(1, len(o.Scenarios))] {
			why = fmt.Sprintf(": %s: %s", s.Name, Applicable(s, o.Contract))
		}
		return nil, fmt.Errorf("drawing a plan: no chosen scenario applies to the contract%s", why)
	}
	if o.Cases == 0 {
		o.Cases = casesPerScenario * len(scenarios)
	}
	plan := &model.Plan{
		Schema: model.PlanSchema, Seed: o.Seed, Contract: *contract.Redacted(o.Contract),
	}
	if err := o.fill(plan, scenarios); err != nil {
		return nil, err
	}
	return plan, nil
}

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
		turns := applicable.Turns(scenarios, o.Contract)
		plan.Cases = make([]model.Case, o.Cases)
		for i := 0; i < len(plan.Cases) && !o.stopped(); i++ {
			plan.Cases[i] = o.random(turns[i%len(turns)], i)
		}
	default:
		return fmt.Errorf("drawing a plan: search %q is none of %q", o.Search, Searches())
	}
	if o.stopped() {
		return errors.New("drawing a plan: nobody waits for it any more")
	}
	for i := range plan.Cases {
		plan.Cases[i].Index = i
		spread(plan, &plan.Cases[i])
	}
	return nil
}

// random draws case i of a plan by a scenario's dice.
func (o Options) random(s Scenario, i int) model.Case {
	return draw.Case(s, o.Contract, o.Points).Example(dice.Seed(o.Seed, s.DiceName(), i))
}

// guided returns the smallest cases: one of every scenario and what is as simple, and then the
// others in turns with random ones, so that larger cases are met too.
func (o Options) guided(scenarios []Scenario, n int) []model.Case {
	space := enumerate.Space{Contract: o.Contract, Points: o.Points, Seed: o.Seed}
	turns := applicable.Turns(scenarios, o.Contract)
	candidates := inRoom(space.Candidates(scenarios, n), n)
	begin := slices.IndexFunc(candidates, func(c enumerate.Candidate) bool { return c.Depth > 0 })
	if begin < 0 {
		begin = len(candidates)
	}
	out := make([]model.Case, 0, n)
	for drawn := 0; len(out) < n && !o.stopped(); {
		i := len(out)
		if small := i < begin || i%2 == 0; small && len(candidates) > 0 {
			out = append(out, space.Build(&candidates[0]))
			candidates = candidates[1:]
			continue
		}
		out = append(out, o.random(turns[drawn%len(turns)], i))
		drawn++
	}
	return slices.Clip(out)
}

// inRoom keeps the first candidate of every scenario, where there is no room for all simplest ones.
func inRoom(candidates []enumerate.Candidate, n int) []enumerate.Candidate {
	simplest := slices.IndexFunc(candidates, func(c enumerate.Candidate) bool {
		return c.Depth > enumerate.Simplest
	})
	if simplest <= n {
		return candidates
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(candidates, func(c enumerate.Candidate) bool {
		again := seen[c.Scenario.Name]
		seen[c.Scenario.Name] = true
		return again
	})
}
