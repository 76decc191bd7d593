package detect

import (
	"cmp"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/model"
)

// Distance is how far somebody's promises are from what was seen.
type Distance struct {
	// Dialect is whose they are; "" for the contract as it is written.
	Dialect string `json:"dialect,omitempty"`
	// Distance counts the lines in which they say something else than what was seen, and Alike those
	// in which they allow it. Lines of which nothing was seen, or nothing is said, are in neither.
	Distance int `json:"distance"`
	Alike    int `json:"alike"`
	// Differs are those lines.
	Differs []Departure `json:"differs,omitempty"`
}

// Departure is a line in which what was seen is not what is said.
type Departure struct {
	Line string `json:"line"`
	// Says is what stands there, Seen what was seen.
	Says string `json:"says"`
	Seen string `json:"seen"`
}

// compare fills in how far everybody is from what was seen.
func (r *Findings) compare(c *model.Contract) {
	var own []Sighting
	for _, s := range r.Seen {
		if c.Key.Header != "" || s.Line != "key.header" { // to say nothing of a header is not to say none
			own = append(own, s.ofContract())
		}
	}
	r.Contract = distance(own, c.Key, c.Promises)
	for _, d := range dialect.All() {
		far := distance(r.Seen, d.Key, d.Promises)
		far.Dialect = d.Name
		r.Dialects = append(r.Dialects, far)
	}
	slices.SortStableFunc(r.Dialects, func(a, b Distance) int {
		return cmp.Or(a.Distance-b.Distance, b.Alike-a.Alike)
	})
	for _, far := range r.Dialects {
		if far.Distance == r.Dialects[0].Distance && far.Alike == r.Dialects[0].Alike {
			r.Nearest = append(r.Nearest, far.Dialect)
		}
	}
}

// distance compares what was seen with what a key and promises say.
func distance(seen []Sighting, k model.Key, p model.Promises) Distance {
	var out Distance
	for _, s := range seen {
		says := Said(s.Line, k, p)
		switch {
		case says == "":
		case s.allows(k, p):
			out.Alike++
		default:
			out.Distance++
			out.Differs = append(out.Differs, Departure{s.Line, says, s.How})
		}
	}
	return out
}

// elsewhere is what is said of the header of keys that travel otherwise, and refused how a key with
// another payload is treated where statuses say that it is refused.
const elsewhere, refused = "none: in path or body", "refused"

// Said is what somebody says in a line, also where that follows from another one.
func Said(line string, k model.Key, p model.Promises) string {
	says := dialect.Says(&model.Contract{Key: k, Promises: p}, line)
	switch {
	case says != "":
		return says
	case line == "key.header":
		return elsewhere
	case line == "promises.mismatch_answer" && len(p.Mismatch) > 0:
		return refused
	}
	return ""
}

// Lines lists the lines to write into a contract so that it says what was seen: those that it
// leaves open, or in which it says something else.
func (r *Findings) Lines(c *model.Contract) []dialect.Knob {
	var out []dialect.Knob
	for _, s := range r.Seen {
		if s.Value == "" || s.Value == elsewhere {
			continue
		}
		if says := dialect.Says(c, s.Line); says == "" || !s.ofContract().allows(c.Key, c.Promises) {
			out = append(out, dialect.Knob{Line: s.Line, Value: s.Value})
		}
	}
	return out
}
