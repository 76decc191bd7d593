// Package decimal holds decimal numbers that are not rounded. It is pure.
package decimal

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// Exact is a number that was computed without rounding: its shortest decimal form, such as 948.5.
// It equals every number, and every text, that says the same: "948.50" too.
type Exact string

// The most digits that exact numbers have behind the point, and on the whole. A service counts in
// fewer, and a product of products must not fill the memory.
const (
	maxBehindPoint = 24
	maxDigits      = 80
)

// written matches a number as people and services write it: no sign but minus, no exponent, and no
// zeros in front, which belong to names such as 007.
var written = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// IsDecimal reports whether a text is a decimal number.
func IsDecimal(text string) bool { return len(text) <= maxDigits && written.MatchString(text) }

// Scale is how many digits a decimal number has behind its point.
func Scale(text string) int {
	_, behind, _ := strings.Cut(text, ".")
	return len(behind)
}

// Units is a decimal number times ten to the power of a scale: 10.5 has 1050 units of scale 2. It
// is false when the number has more digits behind its point than the scale, or more units than 64
// bits hold.
func Units(text string, scale int) (int64, bool) {
	r, ok := Parse(text)
	if !ok || Scale(text) > scale {
		return 0, false
	}
	n := r.Mul(r, new(big.Rat).SetInt(power(scale))).Num()
	return n.Int64(), n.IsInt64()
}

// FromUnits is the decimal number that has so many units, with all digits of its scale.
func FromUnits(units int64, scale int) string {
	return new(big.Rat).SetFrac(big.NewInt(units), power(scale)).FloatString(scale)
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// Of is a number in its shortest form, rounded far behind the point.
func Of(r *big.Rat) (Exact, error) {
	out := r.FloatString(maxBehindPoint)
	out = strings.TrimSuffix(strings.TrimRight(out, "0"), ".")
	if len(out) > maxDigits {
		return "", fmt.Errorf("a number has more than %d digits", maxDigits)
	}
	if out == "-0" {
		out = "0"
	}
	return Exact(out), nil
}

// MarshalJSON writes the number such that it comes back as one; see [FromFile].
func (e Exact) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{exactWord: string(e)})
}

// exactWord is the name under which files hold an exact number.
const exactWord = "exact"

// Parse is what a decimal number says; false when the text is none.
func Parse(text string) (*big.Rat, bool) {
	if !IsDecimal(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// FromFile is the exact number that a file holds; false when it holds something else.
func FromFile(v any) (Exact, bool) {
	m, _ := v.(map[string]any)
	text, ok := m[exactWord].(string)
	return Exact(text), ok && len(m) == 1 && IsDecimal(text)
}
