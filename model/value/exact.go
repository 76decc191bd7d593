package value

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"

	"github.com/idemcheck/idemcheck/model/decimal"
)

// Rational is what a number, or a text that is a decimal number, says; false when it is neither.
func Rational(v any) (*big.Rat, bool) {
	switch n := Normal(v).(type) {
	case int64:
		return new(big.Rat).SetInt64(n), true
	case float64:
		return decimal.Parse(shortest(n))
	case json.Number:
		return decimal.Parse(string(n))
	case decimal.Exact:
		return decimal.Parse(string(n))
	case string:
		return decimal.Parse(n)
	}
	return nil, false
}

// shortest writes a number of floating point as the shortest text that means it.
func shortest(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Restore turns what a file holds of exact numbers back into them, in place.
func Restore(fields map[string]any) {
	for name, v := range fields {
		if e, ok := decimal.FromFile(v); ok {
			fields[name] = e
		}
	}
}

// equals compares an exact number with what an answer or a ledger shows. Floating point was rounded
// on its way, and a sum of it more than once.
func equals(e decimal.Exact, other any) bool {
	x, ok := Rational(e)
	if !ok {
		return false
	}
	if f, blurred := other.(float64); blurred {
		const blur, last = 1e-9, 1e-14
		exact, _ := x.Float64()
		return math.Abs(exact-f) <= blur+last*math.Abs(f)
	}
	y, ok := Rational(other)
	return ok && x.Cmp(y) == 0
}

// shown replaces exact numbers by numbers, for people.
func shown(v any) any {
	switch x := v.(type) {
	case decimal.Exact:
		return json.Number(x)
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, inner := range x {
			out[name] = shown(inner)
		}
		return out
	}
	return v
}
