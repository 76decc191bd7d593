package harness

import "github.com/idemcheck/idemcheck/harness/plan"

// Scenario is a row of the catalogue: what is drawn for a case, and why (see [plan.Scenario]).
type Scenario = plan.Scenario

// Range is an inclusive range (see [plan.Range]).
type Range = plan.Range

// Search is how the cases of a plan are chosen.
type Search = plan.Search

// The ways to search. The zero value means Guided (see [plan.Search]).
const (
	Guided = plan.Guided
	Random = plan.Random
)
