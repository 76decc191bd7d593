package keyform

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// MalformedStyles lists the bad keys that the contract refuses. Only a header can hold a key that
// cannot be parsed; in a body it is a text like any other.
func MalformedStyles(c *model.Contract) []model.KeyStyle {
	var out []model.KeyStyle
	missing := c.Key.IsRequired() && len(c.Promises.Missing) > 0
	malformed := len(c.Promises.Malformed) > 0
	if missing {
		out = append(out, model.KeyMissing)
	}
	if emptyRefused(c, missing, malformed) {
		out = append(out, model.KeyEmpty)
	}
	if c.Key.From != "" {
		return out // what is no key of the service is no key
	}
	if c.Key.MaxLength > 0 && (malformed || len(c.Promises.TooLong) > 0) {
		out = append(out, model.KeyTooLong)
	}
	if malformed && c.Key.IsQuoted() && c.Key.Header != "" {
		out = append(out, model.KeyUnterminated, model.KeyNonASCII, model.KeyTwoLines,
			model.KeyParameters, model.KeyBare)
	}
	return out
}

// emptyRefused reports whether an empty key is refused, where a missing and a malformed one may be.
func emptyRefused(c *model.Contract, missing, malformed bool) bool {
	switch c.Key.Empty {
	case model.EmptyIsNone:
		return missing
	case model.EmptyIsRefused:
		return true
	}
	return malformed
}

// AlikeStyles lists the ways in which keys may be nearly the same; those that differ at their end
// are drawn twice as often. What breaks the form of keys is left out. Keys that the service makes
// are as alike as it makes them.
func AlikeStyles(c *model.Contract) []model.KeyStyle {
	if c.Key.From != "" {
		return nil
	}
	styles := []model.KeyStyle{model.KeyCase}
	if c.Key.MaxLength == 0 || c.Key.MaxLength > 2 {
		styles = append(styles, model.KeyHash)
	}
	if MaxLength(c.Key) > 1 {
		styles = append(styles, model.KeyLong, model.KeyLong)
	}
	if c.Key.IsQuoted() {
		styles = append(styles, model.KeySpaces)
	}
	if !c.Key.Formed() {
		return styles
	}
	return slices.DeleteFunc(styles, func(s model.KeyStyle) bool { return !Room(c.Key, s) })
}

// AbsentStyles lists the ways to send no key.
func AbsentStyles(c *model.Contract) []model.KeyStyle {
	if c.Key.Empty == model.EmptyIsNone {
		return []model.KeyStyle{model.KeyMissing, model.KeyEmpty}
	}
	return []model.KeyStyle{model.KeyMissing}
}
