// Package value holds values as files, answers and ledgers show them: decoded JSON that compares,
// fields by their path, and durations as text. It is pure.
package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/model/decimal"
)

// Field returns a value inside a JSON text by its dotted path ("data.id", "items.0.id"), or nil
// when there is none. Integral numbers are int64.
func Field(body, path string) any {
	if path != "" && strings.IndexByte(path, '.') < 0 {
		if v, sure := peek(body, path); sure {
			return Normal(v)
		}
	}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return Normal(Lookup(v, path))
}

// Lookup returns a value inside decoded JSON by its dotted path; "" is the value itself.
func Lookup(v any, path string) any {
	if path == "" {
		return v
	}
	name, rest, _ := strings.Cut(path, ".")
	switch t := v.(type) {
	case map[string]any:
		return Lookup(t[name], rest)
	case []any:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(t) {
			return Lookup(t[i], rest)
		}
	}
	return nil
}

// Normal returns a decoded value with one type per kind of number, so that values from files,
// answers and expressions compare: int64 where integral, else float64. A number that is out of the
// range of both stays a [json.Number], and so does a whole one that float64 would round, such as a
// name of 64 bits without a sign.
func Normal(v any) any {
	switch n := v.(type) {
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return i
		}
		f, err := n.Float64()
		if err != nil || whole(string(n)) {
			return n // such as 1e400: only its text says what it is
		}
		return Normal(f)
	case int:
		return int64(n)
	case uint64:
		return int64(n)
	case float64:
		if n == float64(int64(n)) {
			return int64(n)
		}
	}
	return v
}

// whole reports whether a number is written with nothing but digits.
func whole(number string) bool {
	return strings.Trim(strings.TrimPrefix(number, "-"), "0123456789") == ""
}

// Equal compares two values as answers and ledgers show them. Whole numbers are compared to the
// last digit, others as closely as floating point knows a sum: 998.8800000000001 is 998.88. What
// is [decimal.Exact] equals a text that says the same number.
func Equal(a, b any) bool {
	a, b = Normal(a), Normal(b)
	if e, exact := a.(decimal.Exact); exact {
		return equals(e, b)
	}
	if e, exact := b.(decimal.Exact); exact {
		return equals(e, a)
	}
	_, blurred := a.(float64)
	if _, ok := b.(float64); ok || blurred {
		x, isNumber := number(a)
		y, isNumberToo := number(b)
		return isNumber && isNumberToo && near(x, y)
	}
	return reflect.DeepEqual(a, b)
}

// number returns a normal value as floating point has it; false when it is no number.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

// near reports whether two numbers may be one that was computed in two ways.
func near(x, y float64) bool {
	const blur = 1e-9
	return x == y || math.Abs(x-y) <= blur*max(1, math.Abs(x), math.Abs(y))
}

// Text shows a value as a person would write it; nil is "".
func Text(v any) string {
	switch t := Normal(v).(type) {
	case nil:
		return ""
	case string:
		return t
	case decimal.Exact:
		return string(t)
	case int64, float64, bool:
		return fmt.Sprint(t)
	default:
		out, err := json.Marshal(shown(t))
		if err != nil {
			return fmt.Sprint(t)
		}
		return string(out)
	}
}

// SameJSON compares two JSON texts without some top-level fields. Texts that are not JSON objects
// must be equal byte by byte.
func SameJSON(a, b string, without []string) bool {
	x, okX := objectWithout(a, without)
	y, okY := objectWithout(b, without)
	if !okX || !okY {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}

// objectWithout reads a JSON object and drops some of its fields.
func objectWithout(text string, names []string) (map[string]any, bool) {
	out, ok := Object(text)
	maps.DeleteFunc(out, func(name string, _ any) bool { return slices.Contains(names, name) })
	return out, ok
}

// Object decodes a JSON object with exact numbers.
func Object(s string) (map[string]any, bool) {
	dec := json.NewDecoder(bytes.NewBufferString(s))
	dec.UseNumber()
	var m map[string]any
	err := dec.Decode(&m)
	return m, err == nil && m != nil
}
