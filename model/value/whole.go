package value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasWhole reports whether a text holds a part with no letter or digit right before or behind it: a
// name that ends in 10 does not hold the one that ends in 1.
func HasWhole(text, part string) bool {
	for part != "" {
		before, behind, found := strings.Cut(text, part)
		if !found {
			return false
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(behind)
		if !continues(last) && !continues(next) {
			return true
		}
		text = behind
	}
	return false
}

// continues reports whether a character belongs to the word beside it.
func continues(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
