package enumerate

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/harness/plan/internal/draw"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// Build makes the case of a candidate: dice decide only arguments and pauses.
func (s Space) Build(c *Candidate) model.Case {
	return dice.Cases(func(d dice.Dice) model.Case {
		one := draw.New(d, c.Scenario, s.Contract)
		one.Style, one.Differs = c.style, c.differs
		if c.Scenario.Shape != scenario.Independent {
			ofShape(one)
		} else {
			c.independent(one)
		}
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
