package plan

import (
	"github.com/idemcheck/idemcheck/harness/plan/internal/mutate"
	"github.com/idemcheck/idemcheck/model"
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
const Novel = mutate.Novel

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

// Mutants returns n changed copies of some cases of a plan, of small ones if there are any. The
// cases take turns, the last first: they are what the latest round has shown.
func Mutants(p *model.Plan, c *model.Contract, parents []model.Case, n int) []model.Case {
	return mutate.Mutants(p, c, parents, n)
}
