package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

// keyLines returns the value of a planned key and the header lines that carry it. The nonce makes
// it unique to one run of one case.
func keyLines(c *model.Contract, k model.KeyPlan, nonce string) (value string, lines []string) {
	value = keyValue(c, k, nonce)
	line := value
	if quoted(c) {
		line = `"` + value + `"`
	}
	switch k.Style {
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

// keyValue mints the key's value. Good keys are never longer than the contract allows, and of the
// form that it asks for.
func keyValue(c *model.Contract, k model.KeyPlan, nonce string) string {
	if c.Key.Formed() {
		return formedKey(c, k, nonce)
	}
	base := "ic-" + nonce + "-" + k.Name
	least, most := c.Key.MinLength, c.Key.MaxLength
	switch k.Style {
	case model.KeyLong:
		n := longest(c) - 1
		return pad(fit(base, n), n) + string(rune('a'+k.Variant%26))
	case model.KeyHash:
		return sized(base, least-2, most-2) + []string{"Aa", "BB"}[k.Variant%2]
	case model.KeyTooLong:
		return pad(base, most+1)
	}
	if k.Style == model.KeySpaces && k.Variant%2 == 1 {
		return " " + sized(base, least-2, max(0, most-2)) + " "
	}
	base = sized(base, least, most)
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
		key := keyform.Make(c.Key, name)
		return key + strings.Repeat("x", max(1, c.Key.MaxLength+1-len(key)))
	case model.KeyCase, model.KeyHash, model.KeySpaces, model.KeyLong:
		one, other, ok := keyform.Alike(c.Key, k.Style, name)
		if ok && k.Variant < 2 {
			return []string{one, other}[k.Variant]
		}
		name = fmt.Sprintf("%s/%d", name, k.Variant)
	}
	return keyform.Make(c.Key, name)
}

// sized returns a key that fits, and is filled up where it is shorter than least. What fills it
// stands in front, so that two keys of one nonce stay two.
func sized(s string, least, most int) string {
	s = fit(s, most)
	missing := least - len(s)
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
