package plan

import (
	"github.com/idemcheck/idemcheck/harness/plan/internal/dice"
	"github.com/idemcheck/idemcheck/model"
)

// Starve lets every case of a plan be run as on a busy machine: clients, links, service and
// observer pause at any step, and the pauses are drawn from the plan's seed and from a name, so
// that plans of one seed for different services differ. Only sites of [Virtual] can make the
// pauses; elsewhere such a case is unknown.
func Starve(p *model.Plan, name string) {
	for i := range p.Cases {
		p.Cases[i].Starve = uint64(max(dice.Seed(p.Seed, "pauses of "+name, i), 1))
	}
}
