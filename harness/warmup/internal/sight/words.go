package sight

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// scalar is a value in an answer and the dotted path that leads to it.
type scalar struct {
	path  string
	value any
}

func (s scalar) at() string { return s.path }

// maxScalars bounds how much of an answer is looked through for a line to propose.
const maxScalars = 300

// scalars lists the texts, numbers and truth values of a decoded answer, in the order of their
// paths.
func scalars(v any, path string) []scalar {
	below := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	var out []scalar
	switch t := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(t)) {
			out = append(out, scalars(t[name], below(name))...)
		}
	case []any:
		for i, element := range t {
			out = append(out, scalars(element, below(fmt.Sprint(i)))...)
		}
	case nil:
	default:
		out = []scalar{{path, value.Normal(v)}}
	}
	return out[:min(len(out), maxScalars)]
}

// decoded is an answer as JSON; nil when it is none.
func decoded(body string) any {
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}

// names lists the fields of an answer that may name a thing, the likeliest first. Those that do not
// say so come only where none does.
func names(body string) []string {
	out := lists.Map(scalars(decoded(body), ""), scalar.at)
	slices.SortStableFunc(out, func(a, b string) int { return unlikely(a) - unlikely(b) })
	if len(out) > 0 && unlikely(out[0]) < noName {
		out = slices.DeleteFunc(out, func(path string) bool { return unlikely(path) >= noName })
	}
	return out
}

// noName is how unlikely a field is whose own name does not say that it names anything.
const noName = 20

// unlikely is how unlikely a field names the thing that it is a field of.
func unlikely(path string) int {
	last := path[strings.LastIndexByte(path, '.')+1:]
	depth := strings.Count(path, ".")
	switch {
	case last == "id":
		return min(depth, noName/2-1)
	case strings.HasSuffix(strings.ToLower(last), "id"):
		return noName/2 + min(depth, noName/2-1)
	}
	return noName + depth
}

// Differing lists the fields that two answers do not have alike.
func Differing(a, b *model.Answer) []string {
	all := slices.Concat(scalars(decoded(a.Body), ""), scalars(decoded(b.Body), ""))
	return lists.Distinct(lists.Where(lists.Map(all, scalar.at), func(path string) bool {
		return !value.Equal(a.Field(path), b.Field(path))
	}))
}

// holders lists the paths at which an answer holds a value.
func holders(body string, want any) []string { return fieldsWith(decoded(body), want) }

// fieldsWith lists the paths at which a value holds another one.
func fieldsWith(v, want any) []string {
	alike := lists.Where(scalars(v, ""), func(s scalar) bool { return value.Equal(s.value, want) })
	return lists.Map(alike, scalar.at)
}

// listPaths names the top-level fields of an answer that hold a list.
func listPaths(body string) []string {
	v := decoded(body)
	if isList(v) {
		return []string{`""`}
	}
	out := []string(nil)
	top, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(top)) {
		if isList(top[name]) {
			out = append(out, name)
		}
		below := listsIn(top[name])
		out = append(out, lists.Map(below, func(inner string) string { return name + "." + inner })...)
	}
	return out
}

// listsIn names the fields of an object that hold a list.
func listsIn(v any) []string {
	fields, _ := v.(map[string]any)
	return lists.Where(slices.Sorted(maps.Keys(fields)), func(name string) bool {
		return isList(fields[name])
	})
}

func isList(v any) bool {
	_, is := v.([]any)
	return is
}

// maxProposed is how many lines are proposed where several may be meant.
const maxProposed = 3

// line proposes a line with one of some values; "" without any.
func line(name string, values ...string) string {
	if len(values) == 0 {
		return ""
	}
	proposed := values[:min(len(values), maxProposed)]
	lines := lists.Map(proposed, func(v string) string { return name + ": " + v })
	return "write " + strings.Join(lines, ", or ")
}

// moved proposes that an expression stands at another field; "" when no field has its value.
func moved(fields []string, expression string) string {
	if len(fields) == 0 {
		return ""
	}
	return line(fields[0], expression)
}

// orElse is the first text that says something.
func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// typed shows a value so that texts and numbers differ.
func typed(v any) string {
	if text, is := v.(string); is {
		return fmt.Sprintf("%q", text)
	}
	if v == nil {
		return "nothing"
	}
	return value.Text(v)
}

// sortedKeys lists the names of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// whole shows an answer.
func whole(a *model.Answer) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, shown(a.Body)))
}
