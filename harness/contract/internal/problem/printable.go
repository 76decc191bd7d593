package problem

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable replaces what a terminal would obey, and bytes that are no text, by a sign each: carets
// then stay below their characters.
func Printable(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || unicode.IsPrint(r):
			return r
		case r < ' ':
			return '␀' + r
		case unicode.IsSpace(r):
			return ' '
		}
		return utf8.RuneError
	}, line)
}
