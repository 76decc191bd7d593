package harness

import (
	"errors"

	"github.com/idemcheck/idemcheck/model"
)

// errNoPauses is a case with pauses in a world that makes none.
var errNoPauses = errors.New(
	"its pauses (starve) can be made in memory and in virtual time only: replay it in go test")

// Starve lets every case of a plan be run as on a busy machine: clients, links, service and
// observer pause at any step, and the pauses are drawn from the plan's seed and from a name, so
// that plans of one seed for different services differ. Only sites of [Virtual] can make the
// pauses; elsewhere such a case is unknown.
func Starve(p *model.Plan, name string) {
	for i := range p.Cases {
		p.Cases[i].Starve = uint64(max(caseSeed(p.Seed, "pauses of "+name, i), 1))
	}
}

// repaused is the seed of the pauses when a case is run again: the same pauses would make the same
// faults miss.
func repaused(planned uint64, run int) uint64 {
	if planned == 0 {
		return 0
	}
	return planned + uint64(run-1)
}

// withoutPauses returns a case on a machine that is not busy.
func withoutPauses(c model.Case) model.Case {
	c = clone(c)
	c.Starve = 0
	return c
}
