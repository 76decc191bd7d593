// Package underway remembers which cases were under way at what time.
package underway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// Spans remember when which cases were under way. The zero value knows none.
type Spans struct {
	mu  sync.Mutex
	all []span // protected by mu
}

type span struct {
	index    int
	from, to time.Time
}

// Ended files that a case was under way until now.
func (s *Spans) Ended(index int, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, span{index, from, time.Now()})
}

// At lists the cases that were under way at a time, by their number.
func (s *Spans) At(t time.Time) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	then := lists.Where(s.all, func(one span) bool { return !one.from.After(t) && !one.to.Before(t) })
	out := lists.Map(then, func(one span) int { return one.index })
	slices.Sort(out)
	return slices.Compact(append([]int{}, out...)) // never nil, as files have it
}

// maxNamed is how many cases a sentence names.
const maxNamed = 8

// Sentence names cases, each as a function does.
func Sentence(cases []int, name func(int) string) string {
	var said []string
	for _, i := range cases {
		said = append(said, fmt.Sprintf("%d (%s)", i, name(i)))
	}
	if more := len(said) - maxNamed; more > 0 {
		said = append(said[:maxNamed], fmt.Sprintf("%d more", more))
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}
