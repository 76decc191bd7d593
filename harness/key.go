package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

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

// keyValue mints the key's value. Good keys are never longer than the contract allows.
func keyValue(c *model.Contract, k model.KeyPlan, nonce string) string {
	base := "ic-" + nonce + "-" + k.Name
	switch k.Style {
	case model.KeyLong:
		n := longest(c) - 1
		return pad(fit(base, n), n) + string(rune('a'+k.Variant%26))
	case model.KeyHash:
		return fit(base, c.Key.MaxLength-2) + []string{"Aa", "BB"}[k.Variant%2]
	case model.KeyTooLong:
		return pad(base, c.Key.MaxLength+1)
	}
	if k.Style == model.KeySpaces && k.Variant%2 == 1 {
		return " " + fit(base, max(0, c.Key.MaxLength-2)) + " "
	}
	base = fit(base, c.Key.MaxLength)
	if k.Style == model.KeyCase && k.Variant%2 == 1 {
		return strings.ToUpper(base)
	}
	return base
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
