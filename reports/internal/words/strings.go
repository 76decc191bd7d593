package words

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxVisible is how many characters of one text or line are shown, and maxLines how many lines.
const MaxVisible, maxLines = 2000, 100

// Visible makes any text fit for a terminal: control and other unprintable characters are escapes,
// lines stay lines, and no more than 100 lines of 2000 characters are left.
func Visible(text string) string {
	lines := strings.SplitN(text, "\n", maxLines+1)
	if len(lines) > maxLines {
		lines[maxLines] = "…"
	}
	for i, l := range lines {
		cut := l[:min(len(l), 4*MaxVisible)] // what is shown has no more bytes
		lines[i] = Shorten(Clean(strings.ReplaceAll(cut, "\t", "    ")), MaxVisible)
	}
	return strings.Join(lines, "\n")
}

// Clean shows control and other unprintable characters as escapes.
func Clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return b.String()
}

// toASCII keeps every character one column wide, so that lanes stay aligned.
var toASCII = strings.NewReplacer("─", "-", "╌", ".", "│", "|", "┼", "+", "▶", ">", "◀", "<",
	"✂", "X",
	"×", "x", "✗", "x", "✓", "+", "…", "~", "·", "-", "–", "-", "µ", "u", "→", ">")

// Plain keeps to ASCII, with every character one column wide.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, toASCII.Replace(s))
}

// Wrap breaks text into lines of at most width characters; words that are longer are cut.
func Wrap(text string, width int) []string {
	width = max(width, 8)
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for _, part := range chop(Clean(word), width) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(part) > width {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimPrefix(line+" "+part, " ")
		}
	}
	return append(lines, line)
}

func chop(word string, width int) []string {
	runes, parts := []rune(word), []string(nil)
	for len(runes) > width {
		parts, runes = append(parts, string(runes[:width])), runes[width:]
	}
	return append(parts, string(runes))
}

// Shorten keeps the first n characters.
func Shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Plural counts something, such as "1 case" or "2 cases".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
