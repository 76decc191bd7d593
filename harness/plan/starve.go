package plan

import (
	"github.com/idemcheck/idemcheck/model"
)

// Starve lets every case of a plan be run as on a busy machine: clients, links, service and
// observer pause at any step, and the pauses are drawn from the plan's seed and from a name, so
// that plans of one seed for different services differ. Only sites of [Virtual] can make the
// pauses; elsewhere such a case is unknown.
func Starve(p *model.Plan, name string) {
	for i := range p.Cases {
		p.Cases[i].Starve = uint64(max(caseSeed(p.Seed, "pauses of "+name, i), 1))
	}
}

// withoutPauses returns a case on a machine that is not busy.
func withoutPauses(c model.Case) model.Case {
	c = c.Clone()
	c.Starve = 0
	return c
}
