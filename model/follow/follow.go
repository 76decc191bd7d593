// Package follow says how a client follows what a service answers: the pages of a list, and
// operations that are done later. It is plain data.
package follow

import (
	"cmp"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model/value"
)

// Pages says how the next page of a list is asked for: by what an answer names (Next or Header), by
// a number that counts up (Query alone), or by a cursor (Cursor and Query).
type Pages struct {
	// Next is the field of a page that holds the address of the next one; the last has none.
	Next string `json:"next,omitempty" yaml:"next"`
	// Header is the header that holds it instead, as rel="next": "Link".
	Header string `json:"header,omitempty" yaml:"header"`
	// Query is the name in the query that holds the number of a page, or the cursor.
	Query string `json:"query,omitempty" yaml:"query"`
	// From is the number of the first page, and Step how much is added for the next one; absent means
	// 1 for each. Where items are counted, they are 0 and the size.
	From *int `json:"from,omitempty" yaml:"from"`
	Step int  `json:"step,omitempty" yaml:"step"`
	// Size is how many items a page that is not the last has; zero means that nobody knows.
	Size int `json:"size,omitempty" yaml:"size"`
	// Cursor is the field of a page that holds what Query is for the next one; the last has none.
	Cursor string `json:"cursor,omitempty" yaml:"cursor"`
}

// Number is what stands in the query for a page, counted from 0.
func (p Pages) Number(page int) int {
	from, step := 1, max(p.Step, 1)
	if p.From != nil {
		from = *p.From
	}
	return from + page*step
}

// Counts reports whether pages are asked for by their number.
func (p Pages) Counts() bool { return p.Query != "" && p.Cursor == "" }

// Async is how an operation is done that the service accepts first and does later.
type Async struct {
	// Accepted are the statuses that say "accepted", and nothing about what comes of it.
	Accepted []int `json:"accepted" yaml:"accepted"`
	// Poll is where its state is read, Done and Refused which states are its end.
	Poll    Address     `json:"poll" yaml:"poll"`
	Done    StateValues `json:"done" yaml:"done"`
	Refused StateValues `json:"refused,omitzero" yaml:"refused"`
	// Every is the time between two readings, Within the longest that all takes. Zero means 50ms, and
	// 5s.
	Every  value.Duration `json:"every,omitempty" yaml:"every"`
	Within value.Duration `json:"within,omitempty" yaml:"within"`
}

// Address is where the state of something accepted is read: at a path with {identity}, or at the
// address that a header or a field of the accepting answer holds.
type Address struct {
	// Path has {identity}; Header and Field hold the address.
	Path   string `json:"path,omitempty" yaml:"path"`
	Header string `json:"header,omitempty" yaml:"header"`
	Field  string `json:"field,omitempty" yaml:"field"`
}

// StateValues are a field of an answer and the values by which it tells a state.
type StateValues struct {
	// Field is where the answer has it, Values what it is then.
	Field  string `json:"field,omitempty" yaml:"field"`
	Values []any  `json:"values,omitempty" yaml:"values"`
}

// Holds reports whether fields of an answer tell the state.
func (s StateValues) Holds(field func(path string) any) bool {
	if s.Field == "" {
		return false
	}
	is := field(s.Field)
	return slices.ContainsFunc(s.Values, func(v any) bool { return value.Equal(is, v) })
}

// Times are how long to wait between two readings, and how long at most.
func (a Async) Times() (every, within time.Duration) {
	const often, long = 50 * time.Millisecond, 5 * time.Second
	return cmp.Or(a.Every.Std(), often), cmp.Or(a.Within.Std(), long)
}
