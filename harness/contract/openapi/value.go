package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
)

// maxDepth bounds how deep a value is made: schemas may contain themselves.
const maxDepth = 6

// place is where a value stands: in the document, and in the body.
type place struct {
	where string
	path  string
	name  string
	depth int
}

// below is the place of a property or an item.
func (p place) below(where, name string) place {
	return place{
		where: p.where + "." + where, path: strings.TrimPrefix(p.path+"."+name, "."),
		name: name, depth: p.depth + 1,
	}
}

// maker makes a value as a schema describes it, and notes what is known of its parts.
type maker struct {
	// same are values by name that must come again, such as what the request sent; ids names what a
	// field refers to, nil when nothing does.
	same  map[string]any
	ids   func(name string) (id string, another bool)
	facts map[string]shown.Fact
}

// value makes a value: as given, or else of the schema's examples, or else of its constraints.
func (m *maker) value(ref *openapi3.SchemaRef, given any, at place) any {
	if ref == nil || ref.Value == nil {
		return plain(given)
	}
	if ref.Ref != "" {
		at.where = strings.ReplaceAll(strings.TrimPrefix(ref.Ref, "#/"), "/", ".")
	}
	s := ref.Value
	if given == nil {
		given = example(s)
	}
	if id, another := m.reference(s, at); id != "" {
		f := shown.Fact{Another: another}
		if isType(s, "integer") {
			f.Unknown = "the id is a number and is sent as text"
		}
		m.note(at, f)
		return id
	}
	if isBound(s) {
		m.note(at, shown.Fact{Bound: true})
	}
	if again, has := m.same[at.name]; has && at.name != "" && isScalar(s) {
		return again
	}
	switch {
	case isType(s, "object") || len(properties(s)) > 0:
		return m.object(s, given, at)
	case isType(s, "array"):
		return m.list(s, given, at)
	case len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 && given == nil && at.depth < maxDepth:
		at.depth++
		return m.value(slices.Concat(s.AllOf, s.OneOf, s.AnyOf)[0], nil, at)
	case given != nil:
		m.bounds(s, at)
		return plain(given)
	}
	m.bounds(s, at)
	return m.scalar(s, at)
}

// reference finds the id that belongs into a field, if the field names something that can be made.
func (m *maker) reference(s *openapi3.Schema, at place) (id string, another bool) {
	if m.ids == nil || at.name == "" || len(s.Enum) > 0 || !isScalar(s) {
		return "", false
	}
	return m.ids(at.name)
}

func (m *maker) note(at place, f shown.Fact) {
	if m.facts == nil {
		return
	}
	f.Bound = f.Bound || m.facts[at.path].Bound
	m.facts[at.path] = f
}

// object makes the properties that are required, those that an example has, and one that can hold a
// correlation ID.
func (m *maker) object(s *openapi3.Schema, given any, at place) any {
	out := draft.Object{}
	if at.depth > maxDepth {
		return out
	}
	all, required := properties(s), requiredOf(s)
	examples, _ := plain(given).(draft.Object)
	for _, name := range order(all, required) {
		part := all[name]
		if part == nil || part.Value == nil || part.Value.ReadOnly && m.facts != nil {
			continue
		}
		inner := examples.Get(name)
		wanted := given == nil && m.wants(all, required, place{name: name, depth: at.depth})
		if inner == nil && !wanted && !slices.Contains(required, name) {
			continue
		}
		v := m.value(part, inner, at.below("properties."+name, name))
		out = append(out, draft.Field{Name: name, Value: v})
	}
	for _, f := range examples {
		if all[f.Name] == nil {
			out = append(out, f)
		}
	}
	return out
}

// wants reports whether an optional property is written too. An answer gets all of them. A request
// gets the key, the text that can best hold a correlation ID, and all properties of an inner object
// that requires none.
func (m *maker) wants(all openapi3.Schemas, required []string, at place) bool {
	name := at.name
	if m.facts == nil || meaning.KeyRank(name) >= 60 || len(required) == 0 && at.depth > 0 {
		return true
	}
	best, chosen := 0, ""
	for _, other := range order(all, required) {
		part := all[other]
		if part == nil || part.Value == nil || !isType(part.Value, "string") || isBound(part.Value) {
			continue
		}
		if rank := meaning.CorrelationRank(other); rank > best {
			best, chosen = rank, other
		}
	}
	return chosen == name
}

// order is required properties as the document lists them, then the others by name.
func order(all openapi3.Schemas, required []string) []string {
	known := lists.Where(required, func(name string) bool { return all[name] != nil })
	return lists.Distinct(append(known, slices.Sorted(maps.Keys(all))...))
}

func (m *maker) list(s *openapi3.Schema, given any, at place) any {
	out := draft.List{}
	if items, _ := plain(given).(draft.List); len(items) > 0 {
		for i, item := range items {
			inner := at.below("items", fmt.Sprint(i))
			inner.name = at.name
			out = append(out, m.value(s.Items, item, inner))
		}
		return out
	}
	if s.Items == nil || at.depth > maxDepth {
		return out
	}
	inner := at.below("items", "0")
	inner.name = ""
	return append(out, m.value(s.Items, nil, inner))
}

// scalar makes a value of constraints.
func (m *maker) scalar(s *openapi3.Schema, at place) any {
	switch {
	case isType(s, "boolean"):
		return false
	case m.facts == nil && s.Type != nil && !isType(s, "string"):
		return json.Number("987654321") // no request sends it: it is nobody's echo
	case m.facts == nil:
		return "made up for " + at.path
	case isType(s, "integer"), isType(s, "number"):
		return number(s, at.name)
	case meaning.KeyRank(at.name) >= 60:
		return "key-1"
	}
	if text := text(s, at.name); text != "" {
		return text
	}
	m.note(at, shown.Fact{Unknown: at.where + " has no example"})
	return "unknown"
}

// isBound reports whether a text must have a special form, such as a date, so that it cannot hold a
// correlation ID.
func isBound(s *openapi3.Schema) bool {
	const correlationIDLength = 30 // a correlation ID is not longer
	return s.Pattern != "" || s.Format != "" || len(s.Enum) > 0 || s.Const != nil ||
		s.MaxLength != nil && *s.MaxLength < correlationIDLength
}

// bounds notes between which whole numbers a field may be.
func (m *maker) bounds(s *openapi3.Schema, at place) {
	if !isType(s, "integer") {
		return
	}
	lower, upper := limits(s)
	f := shown.Fact{Min: lower, Max: upper}
	if step := s.MultipleOf; step != nil && *step > 1 && *step < 1<<31 {
		first := int64(*step)
		for lower != nil && first < *lower {
			first += int64(*step)
		}
		f = shown.Fact{OneOf: []int64{first, first + int64(*step), first + 2*int64(*step)}}
	}
	m.note(at, f)
}

// limits are the bounds of whole numbers, as the versions of OpenAPI write them.
func limits(s *openapi3.Schema) (lower, upper *int64) {
	if s.Min != nil {
		lower = whole(math.Ceil(*s.Min))
		if lower != nil && s.ExclusiveMin.Bool != nil && *s.ExclusiveMin.Bool {
			*lower++
		}
	}
	if v := s.ExclusiveMin.Value; v != nil {
		lower = whole(math.Floor(*v) + 1)
	}
	if s.Max != nil {
		upper = whole(math.Floor(*s.Max))
		if upper != nil && s.ExclusiveMax.Bool != nil && *s.ExclusiveMax.Bool {
			*upper--
		}
	}
	if v := s.ExclusiveMax.Value; v != nil {
		upper = whole(math.Ceil(*v) - 1)
	}
	return lower, upper
}

func whole(f float64) *int64 {
	if math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return nil
	}
	return new(int64(f))
}

// number is a number that constraints allow: about ten where people choose it.
func number(s *openapi3.Schema, name string) any {
	n := int64(1)
	if meaning.IsQuantity(name) {
		n = 10
	}
	lower, upper := limits(s)
	if lower != nil {
		n = max(n, *lower)
	}
	if upper != nil {
		n = min(n, *upper)
	}
	return json.Number(fmt.Sprint(n))
}

// text is a text that constraints allow, or "".
func text(s *openapi3.Schema, name string) string {
	pattern, err := regexp.Compile(s.Pattern)
	if err != nil {
		return ""
	}
	fits := func(t string) bool {
		n := uint64(len([]rune(t)))
		return t != "" && pattern.MatchString(t) && n >= s.MinLength &&
			(s.MaxLength == nil || n <= *s.MaxLength)
	}
	sample := meaning.Sample(name, s.Format)
	if sample == "" && meaning.CorrelationRank(name) > 0 {
		sample = "retry check"
	}
	for _, t := range []string{sample, strings.ToLower(sample), strings.ToUpper(sample)} {
		if fits(t) {
			return t
		}
	}
	key := model.Key{Pattern: s.Pattern, MinLength: int(min(s.MinLength, 1<<10))}
	if s.MaxLength != nil {
		key.MaxLength = int(min(*s.MaxLength, 1<<10))
	}
	if s.Pattern == "" || keyform.Problem(key) != "" {
		return ""
	}
	if t := keyform.Make(key, "idemcheck"); fits(t) {
		return t
	}
	return ""
}
