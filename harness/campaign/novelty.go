package campaign

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// signature identifies what a history showed: for every operation its type and, attempt by attempt,
// which faults struck in which phase, what the wire saw and what the client saw; and how many
// effects of each kind there were in the end. Names, keys, values and times are left out, so
// that the same behaviour on other accounts is nothing new.
func signature(h *model.History) uint64 {
	if h == nil {
		return 0
	}
	out := fnv.New64a()
	for _, op := range h.Operations {
		fmt.Fprint(out, "|", op.Type, op.KeyStyle)
		for i := range h.Events {
			if e := &h.Events[i]; e.Operation == op.ID {
				fmt.Fprint(out, ";", e.Attempt, shown(e))
			}
		}
	}
	for _, text := range effectsOf(h) {
		fmt.Fprint(out, "|", text)
	}
	return out.Sum64()
}

// shown is what an event tells besides when and to whom.
func shown(e *model.Event) string {
	switch e.Kind {
	case model.Struck:
		return fmt.Sprint(e.Fault.Kind, e.Fault.Phase, e.Fault.Mode, e.Fired)
	case model.Return, model.Answered:
		if e.Answer != nil {
			return fmt.Sprint(e.Kind, e.Hit, e.Answer.Status, e.Answer.Marker)
		}
		return fmt.Sprint(e.Kind, e.Hit, e.Err)
	case model.Sent:
		return fmt.Sprint(e.Kind, e.Hit, e.Complete)
	}
	return string(e.Kind)
}

// effectsOf counts the effects by kind, in the order of the kinds.
func effectsOf(h *model.History) []string {
	counts := map[string]int{}
	for i := range h.Events {
		if e := h.Events[i].Effect; e != nil {
			counts[e.Ledger+" "+e.Kind]++
		}
	}
	var out []string
	for kind, n := range counts {
		out = append(out, fmt.Sprint(kind, n))
	}
	slices.Sort(out)
	return out
}

// noveltyRounds is in how many rounds the room of a plan is filled: a later one learns from those
// before it.
const noveltyRounds = 3

// explore fills the room that a guided plan has kept: it changes cases that showed something new,
// saves the grown plan, runs the new cases and looks again. The same outcomes give the same cases.
func (s *sweep) explore(ctx context.Context) {
	room := s.Plan.Novelty
	known := map[uint64]bool{}
	var parents []model.Case
	looked := 0
	for round := noveltyRounds; round > 0 && s.Plan.Novelty > 0; round-- {
		for ; looked < len(s.results); looked++ {
			if o := s.results[looked]; o != nil && !known[o.signature] {
				known[o.signature] = true
				parents = append(parents, s.Plan.Cases[looked])
			}
		}
		if len(parents) == 0 || s.over(ctx) {
			return
		}
		n := min(s.Plan.Novelty, (room+noveltyRounds-1)/noveltyRounds)
		if !s.grow(plan.NewMutator(s.Plan, s.exec.Contract).Mutants(parents, n)) {
			return
		}
		s.runOpen(ctx)
	}
}

// grow appends cases to the plan and saves it before they run. It returns false when saving failed.
func (s *sweep) grow(cases []model.Case) bool {
	for i := range cases {
		cases[i].Index = len(s.Plan.Cases) + i
	}
	s.Plan.Cases = append(s.Plan.Cases, cases...)
	s.Plan.Novelty -= len(cases)
	s.results = append(s.results, make([]*outcome, len(cases))...)
	if s.Grow == nil {
		return true
	}
	if err := s.Grow(s.Plan); err != nil {
		s.fail(fmt.Errorf("saving the plan with %d more cases: %w", len(cases), err))
		return false
	}
	return true
}
