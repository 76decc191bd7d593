// Package plan draws, enumerates and changes cases: all dice of a run are rolled here and in the
// rooms below, and nothing is sent. Package simplify makes cases simpler; package property draws
// them one by one for property-based tests.
package plan

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/internal/mutate"
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
}

// casesPerScenario is how many cases a scenario gets when nothing else is said.
const casesPerScenario = 20

// Draw rolls all dice of a run: the same options give the same plan, byte for byte. Scenarios take
// turns; those that the contract leaves no room for are left out (see [Applicable]). A guided plan
// keeps room for cases that are found while it runs (model.Plan.Novelty); the count includes them.
func Draw(o Options) (*model.Plan, error) {
	scenarios := slices.DeleteFunc(slices.Clone(o.Scenarios), func(s Scenario) bool {
		return Applicable(s, o.Contract) != ""
	})
	if len(scenarios) == 0 {
		return nil, fmt.Errorf("drawing a plan: no chosen scenario applies to the contract")
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

// Applicable returns "" when a scenario can be drawn for a contract, or else why it cannot.
func Applicable(s Scenario, c *model.Contract) string { return applicable.Missing(s, c) }

// SendsKeys reports whether any operation of a contract sends a key.
func SendsKeys(c *model.Contract) bool { return len(applicable.RouteTypes(c)) > 0 }

// OperationID names operations a, b, … z, aa, ab, …
func OperationID(n int) string { return draw.OperationID(n) }

// Mutants returns n changed copies of some cases of a plan, of small ones if there are any. The
// cases take turns, the last first: they are what the latest round has shown.
func Mutants(p *model.Plan, c *model.Contract, parents []model.Case, n int) []model.Case {
	return mutate.Mutants(p, c, parents, n)
}
