// Package choice holds the words for what a contract takes of a catalogue. It is plain data.
package choice

import (
	"maps"
	"slices"
)

// Selection says which names of a catalogue are tried, and how often.
type Selection struct {
	// Include are the only names that are tried; empty means all. Exclude are not tried.
	Include []string `json:"include,omitempty" yaml:"include"`
	Exclude []string `json:"exclude,omitempty" yaml:"exclude"`
	// Weights are how many turns a name takes where others take one, in cases that are drawn at
	// random. Left out, it is one turn too.
	Weights map[string]int `json:"weights,omitempty" yaml:"weights"`
}

// Has reports whether something is tried that has some names, of which one may be older than the
// other. Nil has everything.
func (s *Selection) Has(names ...string) bool {
	if s == nil {
		return true
	}
	among := func(list []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
	}
	return (len(s.Include) == 0 || among(s.Include)) && !among(s.Exclude)
}

// Names lists all names that are said, each as often as it is. Nil says none.
func (s *Selection) Names() []string {
	if s == nil {
		return nil
	}
	return slices.Concat(s.Include, s.Exclude, slices.Sorted(maps.Keys(s.Weights)))
}

// Weight is how many turns something takes that has some names: 1 unless more is said.
func (s *Selection) Weight(names ...string) int {
	weight := 1
	if s == nil {
		return weight
	}
	for _, name := range names {
		weight = max(weight, s.Weights[name])
	}
	return weight
}
