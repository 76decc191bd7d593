// Package follow says how a client follows what a service answers: the pages of a list, and
// operations that are done later. It is plain data.
package follow

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
