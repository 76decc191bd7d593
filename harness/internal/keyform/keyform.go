// Package keyform makes idempotency keys of the form that a contract declares.
package keyform

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// undeclared is the length of the longest keys where the contract does not say how long they may
// be.
const undeclared = 255

// Keys must be new in every run, so that a service which remembers those of earlier runs is not
// accused: no form may leave less room than minBits, and enough of them are used where there is
// more.
const minBits, enough = 48, 64

// maxPattern bounds the length of a pattern.
const maxPattern = 1000

// Make returns the key of a name, the same whenever it is asked, and hardly ever that of another
// name. It is "" when there is none of the form.
func Make(k model.Key, name string) string {
	if k.Format == model.FormatUUID {
		return fitting(k, uuid(name))
	}
	re, err := syntax.Parse(k.Pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	best, before, begin := "", -1, newWriter(name, MaxLength(k))
	for extra := 0; extra <= MaxLength(k); extra++ {
		w := begin.write(re, extra)
		if w.tooLong() || len(w.text) == before {
			break
		}
		before = len(w.text)
		if w.bits >= minBits && k.Fits(string(w.text)) {
			best = string(w.text)
		}
		if w.bits >= enough && best != "" {
			break
		}
	}
	return best
}

// Long returns one of the longest keys of the form, or "".
func Long(k model.Key, name string) string {
	re, err := syntax.Parse(k.Pattern, syntax.Perl)
	if k.Format == model.FormatUUID || err != nil {
		return Make(k, name)
	}
	best, begin := Make(k, name), newWriter(name, MaxLength(k))
	for low, high := 0, MaxLength(k); low <= high; {
		extra := (low + high) / 2
		w := begin.write(re, extra)
		if w.tooLong() {
			high = extra - 1
			continue
		}
		if low = extra + 1; len(w.text) > len(best) && k.Fits(string(w.text)) {
			best = string(w.text)
		}
	}
	return best
}

// Alike returns two keys of a name that differ as a style says, or false when the form leaves no
// room for that. Upper and lower case are no difference between two UUIDs.
func Alike(k model.Key, style model.KeyStyle, name string) (one, other string, ok bool) {
	base := Make(k, name)
	switch style {
	case model.KeyCase:
		one, other = base, strings.ToUpper(base)
	case model.KeyHash:
		stem := base[:max(0, len(base)-2)]
		one, other = stem+"Aa", stem+"BB"
	case model.KeySpaces:
		one, other = base, " "+base+" "
	case model.KeyLong:
		one, other = ends(k, Long(k, name))
	}
	return one, other, base != "" && one != other && k.Fits(one) && k.Fits(other)
}

// ends returns two keys that differ from one in their last character alone, or less.
func ends(k model.Key, long string) (one, other string) {
	const last = "ab0123456789cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, r := range last {
		key := long[:max(0, len(long)-1)] + string(r)
		switch {
		case !k.Fits(key):
		case one == "":
			one = key
		default:
			return one, key
		}
	}
	return one, one
}

// Room reports whether the form leaves room for two keys that differ as a style says, whatever
// their name.
func Room(k model.Key, style model.KeyStyle) bool {
	for _, name := range samples() {
		if _, _, ok := Alike(k, style, name); !ok {
			return false
		}
	}
	return true
}

// samples are names for which a form is tried.
func samples() []string { return []string{"a", "b", "c", "d", "e", "f", "g", "h"} }

// Problem says why no keys can be made, or "".
func Problem(k model.Key) string {
	if !k.Formed() {
		return ""
	}
	if len(k.Pattern) > maxPattern {
		return fmt.Sprintf("the pattern has more than %d characters", maxPattern)
	}
	for _, name := range samples() {
		key := Make(k, name)
		if key == "" {
			return fmt.Sprintf("no keys can be made that fit, or there are so few (less than 2^%d) that "+
				"one would soon be used twice", minBits)
		}
		for _, r := range key {
			if r < '!' || r > '~' || r == '"' || r == '\\' {
				return fmt.Sprintf("its keys hold %q, which cannot be sent in every header", r)
			}
		}
	}
	return ""
}

// MaxLength is how long a key may be.
func MaxLength(k model.Key) int {
	if k.MaxLength == 0 {
		return max(undeclared, k.MinLength)
	}
	return k.MaxLength
}

// fitting returns a key when it fits, or "".
func fitting(k model.Key, key string) string {
	if k.Fits(key) {
		return key
	}
	return ""
}
