// Package template makes what is sent of the templates of a contract, and knows which names they
// have.
package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// Vars are the values of {name} in templates. A resource has its id under its name and under
// "name.id", and what it was made from under "name.need"; "mark", "key", "attempt", "unique", "id"
// and "identity" stand where the contract allows them.
type Vars map[string]any

// Attempt is the name of what each attempt has for itself, and Unnumbered how histories show it.
const (
	Attempt    = "attempt"
	Unnumbered = "{" + Attempt + "}"
)

// Value fills in a body: text that is nothing but {name} becomes the value with its type, other
// text gets the value in its place, lists and maps are copied. {{ and }} are literal braces. A name
// without a value is an error.
func Value(tmpl any, vars Vars) (any, error) {
	switch t := tmpl.(type) {
	case string:
		return renderText(t, vars)
	case []any:
		out := make([]any, len(t))
		for i := range t {
			v, err := Value(t[i], vars)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(t))
		for k := range t {
			v, err := Value(t[k], vars)
			if err != nil {
				return nil, err
			}
			out[k] = v
		}
		return out, nil
	}
	return tmpl, nil
}

// Body fills in a body and encodes it: no template gives no body, text is sent as it is
// (forms, XML; the contract then declares Content-Type under target.headers), and anything else
// becomes JSON with sorted names, for which contentType is "application/json". The same template
// and values always give the same bytes.
func Body(tmpl any, vars Vars) (body []byte, contentType string, err error) {
	if tmpl == nil {
		return nil, "", nil
	}
	if text, ok := tmpl.(string); ok {
		s, err := interpolate(text, vars, nil)
		return []byte(s), "", err
	}
	v, err := Value(tmpl, vars)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, "", fmt.Errorf("encoding a body as JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), "application/json", nil
}

// Path fills in a path and its query, and escapes the values for the part in which they
// stand.
func Path(tmpl string, vars Vars) (string, error) {
	path, query, hasQuery := strings.Cut(tmpl, "?")
	out, err := interpolate(path, vars, url.PathEscape)
	if err != nil || !hasQuery {
		return out, err
	}
	rest, err := interpolate(query, vars, url.QueryEscape)
	return out + "?" + rest, err
}

// Headers fills in the values of an operation's headers.
func Headers(headers map[string]string, vars Vars) (map[string]string, error) {
	out := make(map[string]string, len(headers))
	for name, tmpl := range headers {
		value, err := interpolate(tmpl, vars, nil)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

func renderText(t string, vars Vars) (any, error) {
	if len(t) > 2 && t[0] == '{' && t[len(t)-1] == '}' && isDotted(t[1:len(t)-1]) {
		return vars.value(t[1 : len(t)-1])
	}
	return interpolate(t, vars, nil)
}

func (v Vars) value(name string) (any, error) {
	value, ok := v[name]
	if !ok {
		return nil, fmt.Errorf("filling in a template: there is no value for {%s}", name)
	}
	return value, nil
}

// interpolate puts values into a text; escape may be nil.
func interpolate(t string, vars Vars, escape func(string) string) (string, error) {
	if !strings.ContainsAny(t, "{}") {
		return t, nil
	}
	var b strings.Builder
	for t != "" {
		literal, name, rest, err := nextPlaceholder(t)
		if err != nil {
			return "", err
		}
		b.WriteString(literal)
		if name != "" {
			value, err := vars.value(name)
			if err != nil {
				return "", err
			}
			text := asText(value)
			if escape != nil {
				text = escape(text)
			}
			b.WriteString(text)
		}
		t = rest
	}
	return b.String(), nil
}

// errBrace is what is wrong with a template that opens a brace and names nothing in it.
var errBrace = errors.New("a brace does not enclose a name")

// nextPlaceholder splits a text into literal text, the name of the placeholder behind it (or "")
// and the rest.
func nextPlaceholder(t string) (literal, name, rest string, err error) {
	i := strings.IndexAny(t, "{}")
	if i < 0 {
		return t, "", "", nil
	}
	if i+1 < len(t) && t[i+1] == t[i] {
		return t[:i+1], "", t[i+2:], nil
	}
	if t[i] == '}' {
		return t[:i+1], "", t[i+1:], nil
	}
	name, rest, closed := strings.Cut(t[i+1:], "}")
	if !closed || !isDotted(name) {
		return "", "", "", errBrace
	}
	return t[:i], name, rest, nil
}

// isDotted reports whether s is a name or several joined by dots.
func isDotted(s string) bool {
	for s != "" {
		name, rest, dot := strings.Cut(s, ".")
		if !environment.IsName(name) || dot && rest == "" {
			return false
		}
		if !dot {
			return true
		}
		s = rest
	}
	return false
}

func asText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// Placeholders lists the names in a template, each with the path of the text that holds it.
func Placeholders(tmpl any, path []string, found func(path []string, name string, err error)) {
	switch t := tmpl.(type) {
	case string:
		for t != "" {
			_, name, rest, err := nextPlaceholder(t)
			if err != nil || name != "" {
				found(path, name, err)
			}
			t = rest
		}
	case []any:
		for i := range t {
			Placeholders(t[i], problem.Below(path, strconv.Itoa(i)), found)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			Placeholders(t[k], problem.Below(path, k), found)
		}
	}
}
