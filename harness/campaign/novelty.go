package campaign

import (
	"context"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// noveltyRounds is in how many rounds the room of a plan is filled: a later one learns from those
// before it.
const noveltyRounds = 3

// explore fills the room that a guided plan has kept: it changes cases that showed something new,
// saves the grown plan, runs the new cases and looks again. The same outcomes give the same cases.
func explore(ctx context.Context, s *sweep) {
	room := s.plan.Novelty
	known := map[uint64]bool{}
	var parents []model.Case
	looked := 0
	for round := noveltyRounds; round > 0 && s.plan.Novelty > 0; round-- {
		for ; looked < len(s.results); looked++ {
			if o := s.results[looked]; o != nil && !known[o.Signature] {
				known[o.Signature] = true
				parents = append(parents, s.plan.Cases[looked])
			}
		}
		if len(parents) == 0 || s.over(ctx) {
			return
		}
		n := min(s.plan.Novelty, (room+noveltyRounds-1)/noveltyRounds)
		if !s.grow(plan.Mutants(s.plan, s.runner.Exec.Contract, parents, n)) {
			return
		}
		s.runOpen(ctx)
	}
}
