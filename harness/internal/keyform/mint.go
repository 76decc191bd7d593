package keyform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// PlannedNonce stands in for the nonce of a run where keys are only compared; it is as long.
const PlannedNonce = "000000000000"

// Lines returns the value of a planned key and the header lines that carry it. The nonce makes
// it unique to one run of one case.
func Lines(c *model.Contract, k model.KeyPlan, nonce string) (value string, lines []string) {
	return Carry(c, k.Style, Value(c, k, nonce))
}

// Carry does the same with a value that is known.
func Carry(c *model.Contract, style model.KeyStyle, value string) (sent string, lines []string) {
	line := value
	if c.Key.IsQuoted() {
		line = `"` + value + `"`
	}
	switch style {
	case model.KeyMissing:
		return "", nil
	case model.KeyEmpty:
		return "", []string{strings.ReplaceAll(line, value, "")}
	case model.KeyUnterminated:
		return value, []string{`"` + value}
	case model.KeyNonASCII:
		return value, []string{strings.ReplaceAll(line, value, value+"é")}
	case model.KeyTwoLines:
		return value, []string{line, strings.ReplaceAll(line, value, value+"x")}
	case model.KeyBare:
		return value, []string{value}
	case model.KeyParameters:
		return value, []string{line + ";a=1"}
	}
	return value, []string{line}
}

// Value mints the key's value. Good keys are never longer than the contract allows, and of the
// form that it asks for.
func Value(c *model.Contract, k model.KeyPlan, nonce string) string {
	if k.Style.Doubtful() {
		return doubtful(c, k, nonce)
	}
	if c.Key.Formed() {
		return formedKey(c, k, nonce)
	}
	base := "ic-" + nonce + "-" + k.Name
	minLength, maxLength := c.Key.MinLength, c.Key.MaxLength
	switch k.Style {
	case model.KeyLong:
		n := MaxLength(c.Key) - 1
		return pad(fit(base, n), n) + string(rune('a'+k.Variant%26))
	case model.KeyHash:
		return sized(base, minLength-2, maxLength-2) + []string{"Aa", "BB"}[k.Variant%2]
	case model.KeyTooLong:
		return pad(base, maxLength+1)
	}
	if k.Style == model.KeySpaces && k.Variant%2 == 1 {
		return " " + sized(base, minLength-2, max(0, maxLength-2)) + " "
	}
	base = sized(base, minLength, maxLength)
	if k.Style == model.KeyCase && k.Variant%2 == 1 {
		return strings.ToUpper(base)
	}
	return base
}

// formedKey mints a key of the contract's form. Where that leaves no room for what a style asks
// for, two variants are just two keys.
func formedKey(c *model.Contract, k model.KeyPlan, nonce string) string {
	name := nonce + "/" + k.Name
	switch k.Style {
	case model.KeyTooLong:
		key := Make(c.Key, name)
		return key + strings.Repeat("x", max(1, c.Key.MaxLength+1-len(key)))
	case model.KeyCase, model.KeyHash, model.KeySpaces, model.KeyLong:
		one, other, ok := Alike(c.Key, k.Style, name)
		if ok && k.Variant < 2 {
			return []string{one, other}[k.Variant]
		}
		name = fmt.Sprintf("%s/%d", name, k.Variant)
	}
	return Make(c.Key, name)
}

// sized returns a key that fits, and is filled up where it is shorter than minLength. What fills it
// stands in front, so that two keys of one nonce stay two.
func sized(s string, minLength, maxLength int) string {
	s = fit(s, maxLength)
	missing := minLength - len(s)
	if missing <= 0 {
		return s
	}
	return s[:2] + strings.Repeat("x", missing) + s[2:]
}

// fit returns a key, or a digest of it when it is longer than n characters; n of zero is no bound.
func fit(s string, n int) string {
	if n <= 0 || len(s) <= n {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	digest := "ic" + hex.EncodeToString(sum[:])
	return digest[:min(n, len(digest))]
}

// pad fills a key up to a length of n, one at least.
func pad(s string, n int) string {
	if len(s) >= n {
		return s[:max(n, 1)]
	}
	return s + strings.Repeat("x", n-len(s))
}

// Shorter are the lengths that are tried when longer keys are refused: usual columns, two UUIDs
// with a colon between them, one UUID. The contract must let keys be as short.
func Shorter(c *model.Contract) []int {
	minLength := c.Key.MinLength
	if c.Key.Formed() {
		minLength = len(Value(c, model.KeyPlan{Style: model.KeyPlain}, PlannedNonce))
	}
	lengths := []int{128, 100, 73, 64, 50, 36}
	return slices.DeleteFunc(lengths, func(n int) bool { return n < minLength })
}

// Stretches reports whether keys of the contract's form may be longer than others.
func Stretches(c *model.Contract) bool {
	plan := model.KeyPlan{Style: model.KeyPlain}
	plain := Value(c, plan, PlannedNonce)
	plan.Style = model.KeyLong
	return len(Value(c, plan, PlannedNonce)) > len(plain)
}
