package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// isType reports whether a schema says that values are of a type.
func isType(s *openapi3.Schema, name string) bool {
	return s.Type != nil && slices.Contains(*s.Type, name)
}

func isScalar(s *openapi3.Schema) bool {
	return len(properties(s)) == 0 && !isType(s, "object") && !isType(s, "array")
}

// properties are those of a schema and of what it is made of.
func properties(s *openapi3.Schema) openapi3.Schemas {
	out := openapi3.Schemas{}
	each(s, 0, func(part *openapi3.Schema) { maps.Copy(out, part.Properties) })
	return out
}

func requiredOf(s *openapi3.Schema) []string {
	var out []string
	each(s, 0, func(part *openapi3.Schema) { out = append(out, part.Required...) })
	return lists.Distinct(out)
}

// each visits a schema and those that it is made of: all of allOf, and the first of alternatives.
func each(s *openapi3.Schema, depth int, visit func(*openapi3.Schema)) {
	if s == nil || depth > maxDepth {
		return
	}
	parts := slices.Clone(s.AllOf)
	for _, alternatives := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		if len(alternatives) > 0 {
			parts = append(parts, alternatives[0])
		}
	}
	for _, part := range parts {
		if part != nil {
			each(part.Value, depth+1, visit)
		}
	}
	visit(s)
}

// example is what a schema shows of its values, nil when it shows none.
func example(s *openapi3.Schema) any {
	switch {
	case s.Example != nil:
		return s.Example
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Const != nil:
		return s.Const
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	return nil
}

// mediaExample is what a body shows of itself.
func mediaExample(m *openapi3.MediaType) any {
	if m.Example != nil {
		return m.Example
	}
	for _, name := range slices.Sorted(maps.Keys(m.Examples)) {
		if e := m.Examples[name]; e != nil && e.Value != nil && e.Value.Value != nil {
			return e.Value.Value
		}
	}
	return nil
}

// media finds the type in which a body is written: JSON before anything else.
func media(c openapi3.Content) (string, *openapi3.MediaType) {
	rank := func(name string) int {
		switch base, _, _ := strings.Cut(name, ";"); {
		case base == "application/json":
			return 4
		case strings.HasSuffix(base, "+json"):
			return 3
		case base == "application/x-www-form-urlencoded":
			return 2
		}
		return 1
	}
	best := ""
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if c[name] != nil && (best == "" || rank(name) > rank(best)) {
			best = name
		}
	}
	return best, c[best]
}

// body is the schema of what an operation sends, and its type; nil when it sends nothing.
func body(o *openapi3.Operation) (*openapi3.SchemaRef, string) {
	if o.RequestBody == nil || o.RequestBody.Value == nil {
		return nil, ""
	}
	name, m := media(o.RequestBody.Value.Content)
	if m == nil || m.Schema == nil || m.Schema.Value == nil {
		return nil, name
	}
	return m.Schema, name
}

// answer is the schema of the answer that says that an operation succeeded, its example and status.
func answer(o *openapi3.Operation) (schema *openapi3.SchemaRef, shows any, status string) {
	if o.Responses == nil {
		return nil, nil, ""
	}
	all := o.Responses.Map()
	for _, code := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(code, "2") || all[code] == nil || all[code].Value == nil {
			continue
		}
		_, m := media(all[code].Value.Content)
		if m == nil {
			return nil, nil, code
		}
		return m.Schema, mediaExample(m), code
	}
	return nil, nil, ""
}

// plain is an example as JSON has it, with names in order.
func plain(v any) any {
	switch v.(type) {
	case draft.Object, draft.List, json.Number, nil:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	out, err := draft.ParseJSON(string(text))
	if err != nil {
		return nil
	}
	return out
}
