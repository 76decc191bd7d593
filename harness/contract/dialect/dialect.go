// Package dialect holds the dialects: what public standards and providers promise about keys, each
// a row of data.
package dialect

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// Dialect is a named set of promises, as a public standard or a provider publishes them. A contract
// that names it gets everything that it does not say itself.
type Dialect struct {
	// Name is what contracts write.
	Name string
	// Summary says in a sentence whose rules these are.
	Summary string
	// Limits says what the dialect leaves open or what must be written by hand; empty when nothing.
	Limits string
	// Source is where the promises are published.
	Source string
	// Should lists the lines that the source recommends only, such as "promises.mismatch"; what else
	// is declared counts as demanded.
	Should []string
	// Key and Promises hold what the dialect declares; zero values are left open by it.
	Key      model.Key
	Promises model.Promises
}

// All returns every known dialect, in the order in which they are explained. The caller may change
// the result.
func All() []Dialect {
	return slices.Concat(standards(), providers(), moreProviders(), commerce(), catalogues())
}

// Named returns a dialect; false when there is none of that name.
func Named(name string) (Dialect, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Dialect{}, false
}

// Names lists the names of all dialects.
func Names() []string {
	var out []string
	for _, d := range All() {
		out = append(out, d.Name)
	}
	return out
}

// Recommends reports whether the dialect recommends what a contract has in a line, and does not
// demand it: the line has what the dialect fills in.
func (d Dialect) Recommends(line string, c *model.Contract) bool {
	if !slices.Contains(d.Should, line) {
		return false
	}
	return said(Knobs(d.Key, d.Promises), line) == Says(c, line)
}

// Says is what a contract has in one of the lines that dialects fill in, as [Knob] has it; "" for
// nothing.
func Says(c *model.Contract, line string) string {
	return said(Knobs(c.Key, c.Promises), line)
}
