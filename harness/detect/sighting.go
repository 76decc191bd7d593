package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/model"
)

// Sighting is what was seen of one line of a contract.
type Sighting struct {
	Line string `json:"line"`
	// Value is what the line would say, as YAML; "" where it can only be said what it is not.
	Value string `json:"value,omitempty"`
	// How says in a few words what was seen.
	How string `json:"how"`
	// allows reports whether somebody who says something in the line allows what was seen, and suits
	// whether a contract does, which leaves nothing out; nil: as everybody.
	allows, suits func(model.Key, model.Promises) bool
}

// ofContract is the same, as a contract is compared with it.
func (s Sighting) ofContract() Sighting {
	if s.suits != nil {
		s.allows = s.suits
	}
	return s
}

// note files what was seen of a line, without secrets. The first that is seen of a line counts.
func (d *detection) note(s Sighting) {
	if s.Value, s.How = d.caller.Masked(s.Value), d.caller.Masked(s.How); !d.saw(s.Line) {
		d.seen = append(d.seen, s)
	}
}

// noteValue files that a line would have a value, as it was seen.
func (d *detection) noteValue(line, value string, allows func(model.Key, model.Promises) bool) {
	d.note(Sighting{Line: line, Value: value, How: value, allows: allows})
}

// noteStatus files a status that was seen, and where it may stand.
func (d *detection) noteStatus(line string, status int, of func(model.Promises) []int) {
	d.noteValue(line, statuses(status), func(_ model.Key, p model.Promises) bool {
		return in(of(p), status)
	})
}

// noteFlag files what a line of yes and no would say.
func (d *detection) noteFlag(line string, yes bool, of func(model.Key) bool) {
	d.noteValue(line, fmt.Sprint(yes), func(k model.Key, _ model.Promises) bool {
		return of(k) == yes
	})
}

// notSeen files why nothing was seen of some lines.
func (d *detection) notSeen(why string, lines ...string) {
	for _, line := range lines {
		if d.unseen[line] == "" {
			d.unseen[line] = why
		}
	}
}

// forget takes back what was seen of some lines, and says why.
func (d *detection) forget(why string, lines ...string) {
	d.seen = slices.DeleteFunc(d.seen, func(s Sighting) bool { return slices.Contains(lines, s.Line) })
	for _, line := range lines {
		d.unseen[line] = why
	}
}

func (d *detection) saw(line string) bool {
	return slices.ContainsFunc(d.seen, func(s Sighting) bool { return s.Line == line })
}

// why is why nothing was seen of a line.
func (d *detection) why(line string) string {
	return cmp.Or(d.unseen[line], beyond()[line], "nothing showed it")
}

// sightings are what was seen, in the order in which dialects are explained.
func (d *detection) sightings() []Sighting {
	place := map[string]int{}
	for i, line := range allLines() {
		place[line] = i
	}
	return slices.SortedFunc(slices.Values(d.seen), func(a, b Sighting) int {
		return place[a.Line] - place[b.Line]
	})
}

// allLines lists the lines that a dialect may fill in.
func allLines() (out []string) {
	for _, k := range dialect.Knobs(model.Key{}, model.Promises{}) {
		out = append(out, k.Line)
	}
	return out
}

// beyond lists the lines that a few requests do not show, and why.
func beyond() map[string]string {
	const body = "the answers of a repeat are compared as they are"
	return map[string]string{
		"key.format":                     "see key.pattern",
		"key.empty":                      "no dialect speaks of it",
		"promises.transient":             "it takes an outage, or a limited rate",
		"promises.replay_body":           body,
		"promises.replay_ignore":         body,
		"promises.replay_headers":        body,
		"promises.replay_ignore_headers": body,
		"promises.failures":              "it takes an operation that fails by itself",
		"promises.failed":                "it takes an operation that fails by itself",
		"promises.retention":             "nobody waits until a key is forgotten",
		"promises.after_retention":       "nobody waits until a key is forgotten",
		"promises.expired":               "nobody waits until a key is forgotten",
	}
}

// statuses is a list of statuses as YAML.
func statuses(list ...int) string {
	return strings.ReplaceAll(fmt.Sprint(list), " ", ", ")
}

// in reports whether all of some values are in a list.
func in[T comparable](list []T, all ...T) bool {
	return !slices.ContainsFunc(all, func(one T) bool { return !slices.Contains(list, one) })
}

// refusesKey reports whether a status may say that a key is refused: those that speak of other
// things, of a rate or of a failure do not.
func refusesKey(status int) bool {
	return status/100 == 4 && !slices.Contains([]int{401, 403, 404, 405, 407, 408, 429}, status)
}
