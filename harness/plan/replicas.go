package plan

import (
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/model"
)

// spread sends the attempts of every second case to the replicas of the target: each to another one
// than the attempt before it, so that copies that go side by side meet at different ones. An
// operation that is sent once goes to another than the first, which is asked after everything
// healed. Its dice are its own, so that a plan without replicas is drawn as ever.
func spread(p *model.Plan, c *model.Case) {
	others := len(p.Contract.Target.Replicas)
	if others == 0 {
		return
	}
	seed := dice.Seed(p.Seed, "replicas", c.Index)
	*c = rapid.Custom(func(t *rapid.T) model.Case {
		out, d := c.Clone(), dice.Dice{T: t}
		if d.Between(0, 1, "spread") == 0 {
			return out
		}
		for i := range out.Operations {
			attempts, at := out.Operations[i].Attempts, 0
			if len(attempts) > 1 {
				at = d.Between(0, others, "first")
			}
			for n := range attempts {
				at = (at + d.Between(1, others, "next")) % (others + 1)
				attempts[n].Replica = at
			}
		}
		return out
	}).Example(seed)
}
