// Package wrongline makes wrong contracts of right ones, a line at a time, for tests that ask
// whether the line is named and nobody accused.
package wrongline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/lines"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Edit is a mistake that is made in each line that holds a text, one after the other.
type Edit struct {
	Old, Wrong string
	// Says are beginnings of paths one of which may be named instead of the line, with blanks
	// between them.
	Says string
}

// Mutant is a contract with one wrong line.
type Mutant struct {
	Name string
	// Text is the whole of it, and At the number of the line, from 1.
	Text string
	At   int
	says string
}

// Made makes the mistake in each line of a contract that holds the text, comments apart.
func (e Edit) Made(text string) []Mutant {
	var out []Mutant
	all := strings.Split(text, "\n")
	for i, l := range all {
		content, _, _ := strings.Cut(l, "# ")
		if !strings.Contains(content, e.Old) {
			continue
		}
		broken := slices.Clone(all)
		broken[i] = strings.Replace(l, e.Old, e.Wrong, 1)
		out = append(out, Mutant{
			Name: fmt.Sprintf("line %d: %s", i+1, strings.TrimSpace(broken[i])),
			Text: strings.Join(broken, "\n"), At: i + 1, says: e.Says,
		})
	}
	return out
}

// Named returns an error unless a verdict accuses nobody and names the line.
func (m Mutant) Named(v verdict.Verdict) error {
	if v.Verdict != verdict.Unknown {
		return fmt.Errorf("%s: %v %v", v.Verdict, v.Violations, v.Reasons)
	}
	places, err := lines.Parse("idemcheck.yaml", []byte(m.Text))
	if err != nil {
		return err
	}
	for _, found := range v.Mistakes {
		if places.Of(found.Path...).Line == m.At {
			return nil
		}
		for path := range strings.FieldsSeq(m.says) {
			if strings.HasPrefix(found.Line(), path) {
				return nil
			}
		}
	}
	for path := range strings.FieldsSeq(m.says) {
		if strings.Contains(strings.Join(v.Reasons, " "), " "+path) {
			return nil // before anything can be compared, what could not be done names it
		}
	}
	return fmt.Errorf("line %d is not named: %v %v", m.At, v.Mistakes, v.Reasons)
}
