package warmup

import (
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/warmup/internal/sight"
	"github.com/idemcheck/idemcheck/model"
)

// Learnt is what operations of a type showed without any fault.
type Learnt struct {
	Type string
	// Took is the shortest time that the service worked on one.
	Took time.Duration
	// First and Repeat are the statuses of an operation and of its repeat; zero without an answer.
	First, Repeat int
	// Differing are the fields of the repeat's answer that differ from the first one's.
	Differing []string
	// Marked tells that the repeat has the declared replay marker.
	Marked bool
}

// learnt is what rehearsals showed, a line for every type.
func learnt(p *proving) []Learnt {
	var out []Learnt
	for _, s := range p.rehearsed {
		typ := s.Case.Operations[0].Type
		met := slices.ContainsFunc(out, func(l Learnt) bool { return l.Type == typ })
		if s.History == nil || met {
			continue
		}
		l := Learnt{Type: typ, Took: p.runner.Exec.Service[typ]}
		if s.Answer != nil {
			l.First = s.Answer.Status
		}
		if repeat := lastFinal(s); repeat != nil && s.Answer != nil {
			l.Repeat, l.Marked = repeat.Status, repeat.ReplayMarker
			l.Differing = sight.Differing(s.Answer, repeat)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Learnt) int { return strings.Compare(a.Type, b.Type) })
	return out
}

// lastFinal is the answer to the last attempt after everything healed; nil without one.
func lastFinal(s *sight.Sight) *model.Answer {
	final, last := map[int]bool{}, (*model.Answer)(nil)
	for _, e := range s.History.Events {
		switch {
		case e.Kind == model.Invoke && e.Final:
			final[e.Attempt] = true
		case e.Kind == model.Return && final[e.Attempt]:
			last = e.Answer
		}
	}
	return last
}
