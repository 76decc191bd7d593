package draft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// Object is a mapping whose names keep their order, because people look for them where they wrote
// them.
type Object []Field

// Field is a name of an object with its value: text, a bool, nil, an int, a [json.Number], an
// [Object] or a [List]. Note is said beside it as a comment.
type Field struct {
	Name  string
	Value any
	Note  string
}

// List is a sequence of values.
type List []any

// Todo is how a note begins that says what the reader has to do.
const Todo = "TODO: "

// Get returns the value of a name, or nil.
func (o Object) Get(name string) any {
	for _, f := range o {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// With returns the object with one more field, unless its value says nothing.
func (o Object) With(name string, value any) Object {
	switch v := value.(type) {
	case nil:
		return o
	case string:
		if v == "" {
			return o
		}
	case Object:
		if len(v) == 0 {
			return o
		}
	case List:
		if len(v) == 0 {
			return o
		}
	}
	return append(o, Field{Name: name, Value: value})
}

// maxDepth bounds how deep JSON may nest: nobody reads deeper, and recursion must end.
const maxDepth = 100

// ParseJSON reads one JSON value and keeps the order of its names.
func ParseJSON(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := next(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

func next(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("the JSON value is nested too deep")
	}
	t, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	switch t {
	case json.Delim('{'):
		return object(dec, depth)
	case json.Delim('['):
		return list(dec, depth)
	}
	return t, nil
}

func object(dec *json.Decoder, depth int) (any, error) {
	out := Object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading JSON: %w", err)
		}
		v, err := next(dec, depth+1)
		if err != nil {
			return nil, err
		}
		out = out.put(fmt.Sprint(name), v)
	}
	_, err := dec.Token()
	return out, err
}

// MarshalJSON writes the fields in their order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, f := range o {
		value, err := json.Marshal(f.Value)
		if err != nil {
			return nil, fmt.Errorf("writing %s as JSON: %w", f.Name, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoted(f.Name) + ":")
		b.Write(value)
	}
	return []byte("{" + b.String() + "}"), nil
}

// put sets a name; of a name that comes twice the later value counts, as everywhere.
func (o Object) put(name string, value any) Object {
	i := slices.IndexFunc(o, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return append(o, Field{Name: name, Value: value})
	}
	o[i].Value = value
	return o
}

func list(dec *json.Decoder, depth int) (any, error) {
	out := List{}
	for dec.More() {
		v, err := next(dec, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := dec.Token()
	return out, err
}

// Text is a scalar as a person would type it: text without quotes, numbers and words.
func Text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case nil:
		return ""
	case Object, List:
		return ""
	}
	return fmt.Sprint(v)
}

// Literal is a text in which templates find no names: its braces are doubled.
func Literal(text string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
}

// quoted is a text in quotes as JSON has it, which YAML reads too.
func quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// visible writes as escapes what nobody sees in a quoted text: the loader refuses it as it is.
func visible(quoted string) string {
	return strings.Join(lists.Map([]rune(quoted), printable), "")
}

// printable is a character, or its escape where nobody could see it.
func printable(r rune) string {
	if unicode.IsPrint(r) {
		return string(r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
