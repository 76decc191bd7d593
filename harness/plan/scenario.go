package plan

import (
	"github.com/idemcheck/idemcheck/harness/plan/internal/applicable"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
)

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
	Independent            = scenario.Independent
	Mismatch               = scenario.Mismatch
	NearMismatch           = scenario.NearMismatch
	OtherResource          = scenario.OtherResource
	Malformed              = scenario.Malformed
	Tenants                = scenario.Tenants
	Routes                 = scenario.Routes
	SameBody               = scenario.SameBody
	CollidingKeys          = scenario.CollidingKeys
	OddKeys                = scenario.OddKeys
	HugeKeys               = scenario.HugeKeys
	Strangers              = scenario.Strangers
	AbandonedDuplicates    = scenario.AbandonedDuplicates
	RetryAfterOtherTraffic = scenario.RetryAfterOtherTraffic
)

// Applicable returns "" when a scenario can be drawn for a contract, or else why it cannot.
func Applicable(s Scenario, c *model.Contract) string { return applicable.Missing(s, c) }

// Chosen lists those of some scenarios that can be drawn for a contract, each with the kinds of
// faults that the contract lets be made.
func Chosen(list []Scenario, c *model.Contract) []Scenario { return applicable.Chosen(list, c) }

// SendsKeys reports whether any operation of a contract sends a key.
func SendsKeys(c *model.Contract) bool { return len(applicable.RouteTypes(c)) > 0 }

// OperationID names operations a, b, … z, aa, ab, …
func OperationID(n int) string { return draw.OperationID(n) }
