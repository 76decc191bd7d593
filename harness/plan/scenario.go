package plan

import "github.com/idemcheck/idemcheck/harness/plan/scenario"

type (
	// Scenario is a row of the catalogue: what is drawn for a case, and why.
	Scenario = scenario.Scenario
	// Shape says how the operations of a case relate to each other.
	Shape = scenario.Shape
	// Range is an inclusive range. The zero value means "one".
	Range = scenario.Range
)

// The shapes, as package scenario explains them.
const (
	Independent   = scenario.Independent
	Mismatch      = scenario.Mismatch
	NearMismatch  = scenario.NearMismatch
	OtherResource = scenario.OtherResource
	Malformed     = scenario.Malformed
	Tenants       = scenario.Tenants
	Routes        = scenario.Routes
	SameBody      = scenario.SameBody
	AlikeKeys     = scenario.AlikeKeys
	LeftCopies    = scenario.LeftCopies
	MuchBetween   = scenario.MuchBetween
)
