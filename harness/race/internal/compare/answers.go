package compare

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

// Saw is what the client of one copy saw.
type Saw struct {
	Status int
	Body   string
	// Location is where the answer leads; "" when it leads nowhere.
	Location string
	// Err says why there is no answer; "" when there is one.
	Err string
}

// Succeeded reports whether the answer says that something was done.
func (r Saw) Succeeded() bool {
	return r.Err == "" && r.Status/100 == 2 || r.Status == http.StatusSeeOther
}

// TurnedAway reports whether the answer says that nobody began to work.
func (r Saw) TurnedAway() bool {
	return slices.Contains([]int{401, 403, 404, 405, 406, 407, 413, 415, 429, 502, 503, 504}, r.Status)
}

// taken is a reply that was taken apart; leaves are nil where it is no JSON.
type taken struct {
	Saw
	leaves leaves
}

func takenApart(replies []Saw) []taken {
	out := make([]taken, len(replies))
	for i, r := range replies {
		out[i].Saw = r
		if v, is := Decoded(r.Body); is {
			out[i].leaves = leavesOf(v)
		}
		if r.Location != "" && out[i].leaves != nil {
			out[i].leaves["Location"] = r.Location
		} else if r.Location != "" {
			out[i].leaves = leaves{"Location": r.Location, "": r.Body}
		}
	}
	return out
}

// form is what the replies of one group have in common.
func (t taken) form() string {
	return fmt.Sprint(t.Err, " ", t.Status, " ", slices.Sorted(maps.Keys(t.leaves)))
}

// Answers groups replies, and counts what is different in them. Show makes a text of the service
// fit for people.
func Answers(replies []Saw, show func(string) string) raced.Round {
	var out raced.Round
	all := takenApart(replies)
	groups := map[string][]taken{}
	different := map[string]bool{}
	for _, t := range all {
		groups[t.form()] = append(groups[t.form()], t)
		if t.Err == "" {
			different[t.essence()] = true
		}
		if t.Succeeded() {
			out.Succeeded++
		}
	}
	out.Different = len(different)
	for _, form := range slices.Sorted(maps.Keys(groups)) {
		out.Answers = append(out.Answers, group(groups[form], show))
	}
	slices.SortStableFunc(out.Answers, func(a, b raced.AnswerGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Status, b.Status))
	})
	for path, values := range named(all) {
		if n := len(values); n > out.Named || n == out.Named && path < out.NamedAt {
			out.Named, out.NamedAt = n, path
		}
	}
	return out
}

// essence is what of an answer makes it another one.
func (t taken) essence() string {
	if t.leaves == nil {
		return fmt.Sprint(t.Status, " ", t.Body)
	}
	var b strings.Builder
	fmt.Fprint(&b, t.Status)
	for _, path := range slices.Sorted(maps.Keys(t.leaves)) {
		if !isVolatile(path, t.leaves[path]) {
			fmt.Fprintf(&b, " %q=%q", path, t.leaves[path])
		}
	}
	return b.String()
}

// group is how replies of one form are shown.
func group(of []taken, show func(string) string) raced.AnswerGroup {
	first := of[0]
	out := raced.AnswerGroup{
		Count: len(of), Status: first.Status, Err: first.Err, Excerpt: show(first.Body),
	}
	paths := slices.SortedFunc(maps.Keys(first.leaves), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b))
	})
	if first.leaves == nil {
		paths = []string{""}
	}
	for _, path := range paths {
		seen := map[string]bool{}
		for _, t := range of {
			if t.leaves == nil {
				seen[t.Body] = true
			} else {
				seen[t.leaves[path]] = true
			}
		}
		if len(seen) > 1 {
			out.Differs = append(out.Differs, difference(path, seen, show))
		}
	}
	return out
}

// order puts what names things first.
func order(path string) int {
	switch {
	case path == "id":
		return 0
	case names(path):
		return 1
	}
	return 2
}

// maxExamples is how many values of a field are shown.
const maxExamples = 3

func difference(path string, seen map[string]bool, show func(string) string) raced.Difference {
	values := slices.Sorted(maps.Keys(seen))
	out := raced.Difference{Path: path, Values: len(values)}
	out.Volatile = path != "" && isVolatile(path, values[0])
	if path == "" {
		return out // whole bodies are no examples
	}
	for _, text := range values[:min(len(values), maxExamples)] {
		out.Examples = append(out.Examples, show(text))
	}
	return out
}

// named lists, by the field, what answers of success name there, where it is more than one thing.
func named(all []taken) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, t := range all {
		if !t.Succeeded() {
			continue
		}
		for path, text := range t.leaves {
			if !names(path) || isVolatile(path, text) || text == "" {
				continue
			}
			if out[path] == nil {
				out[path] = map[string]bool{}
			}
			out[path][text] = true
		}
	}
	maps.DeleteFunc(out, func(_ string, values map[string]bool) bool { return len(values) < 2 })
	return out
}
