package campaign

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// spans remember when which cases were under way.
type spans struct {
	mu  sync.Mutex
	all []span // protected by mu
}

type span struct {
	index    int
	from, to time.Time
}

// ended files that a case was under way until now.
func (s *spans) ended(index int, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, span{index, from, time.Now()})
}

// at lists the cases that were under way at a time, by their number.
func (s *spans) at(t time.Time) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []int{}
	for _, one := range s.all {
		if !one.from.After(t) && !one.to.Before(t) {
			out = append(out, one.index)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxNamed is how many cases a reason names.
const maxNamed = 8

// named says in a verdict which cases were under way when the service went down as a whole, if it
// did.
func (w *swept) named(v verdict.Verdict) verdict.Verdict {
	at, after, down := w.conditions.DownSince()
	if !down {
		return v
	}
	v.Outage = &verdict.Outage{Since: value.Duration(after), Cases: w.ran.at(at)}
	said := []string{}
	for _, i := range v.Outage.Cases {
		said = append(said, fmt.Sprintf("%d (%s)", i, w.plan.Cases[i].Scenario))
	}
	if more := len(said) - maxNamed; more > 0 {
		said = append(said[:maxNamed], fmt.Sprintf("%d more", more))
	}
	if len(said) == 0 {
		said = []string{"none"}
	}
	why := w.conditions.Stopped()
	for _, lines := range [][]string{v.Reasons, v.Undecided} {
		if i := slices.Index(lines, why); i >= 0 {
			lines[i] = why + "; cases under way then: " + strings.Join(said, ", ")
		}
	}
	return v
}
