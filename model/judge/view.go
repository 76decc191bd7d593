package judge

import "slices"

// view is what rules look at: a history in one reading. It is an index and an attribution, made one
// after the other: methods of the index cannot ask what only a reading says. Which answers are
// another operation's comes next, and what rules find out last.
type view struct {
	*index
	*attribution
	// lent are the answers that operations got although they belong to others.
	lent *loans
	// reasons say why the verdict is unknown.
	reasons []string
	// excuses are what may be right although it looks like a key that is stuck: reasons to be
	// unknown, which must not keep other rules from being judged.
	excuses []string
}

// in takes a history as a reading says.
func (ix *index) in(r *reading) *view {
	v := &view{index: ix, attribution: ix.attribute(r), reasons: slices.Clone(ix.given)}
	v.lent = v.findLoans()
	return v
}
