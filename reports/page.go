package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is an ANSI code; none is plain text.
type style string

const (
	none   style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
	alarm  style = "1;31"
	pass   style = "1;32"
	doubt  style = "1;33"
)

// span is a piece of a line in one style.
type span struct {
	style style
	text  string
}

// page collects lines. All text goes through [page.line], which takes control characters out: a
// service's answer must not be able to move the reader's cursor.
type page struct {
	opts  TextOptions
	lines []string
}

func (p *page) line(spans ...span) {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(p.paint(s))
	}
	p.lines = append(p.lines, strings.TrimRight(b.String(), " "))
}

func (p *page) paint(s span) string {
	text := shorten(clean(s.text), maxVisible)
	if p.opts.ASCII {
		text = plain(text)
	}
	if !p.opts.Color || s.style == none || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + string(s.style) + "m" + text + "\x1b[0m"
}

func (p *page) put(st style, format string, args ...any) {
	p.line(span{st, fmt.Sprintf(format, args...)})
}

// text writes a wrapped paragraph: first before its first line, as much room before the others.
func (p *page) text(st style, first, body string) {
	p.lead(span{st, first}, span{st, body})
}

// lead writes a wrapped paragraph behind a first word of another style.
func (p *page) lead(first, body span) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(first.text))
	for i, l := range wrap(shorten(body.text, maxVisible), p.opts.width()-len(indent)) {
		if i > 0 {
			first.text = indent
		}
		p.line(first, span{body.style, l})
	}
}

// heading opens a section with a rule over the whole width.
func (p *page) heading(title string) {
	rest := max(p.opts.width()-utf8.RuneCountInString(title)-4, 2)
	p.gap()
	p.line(span{dim, "── "}, span{bold, title}, span{dim, " " + strings.Repeat("─", rest)})
}

func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1] != "" {
		p.lines = append(p.lines, "")
	}
}

func (p *page) writeTo(w io.Writer, what string) error {
	return write(w, what, strings.Join(p.lines, "\n")+"\n")
}

func write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// maxVisible is how many characters of one text or line are shown, and maxLines how many lines.
const maxVisible, maxLines = 2000, 100

// Visible makes any text fit for a terminal: control and other unprintable characters are escapes,
// lines stay lines, and no more than 100 lines of 2000 characters are left.
func Visible(text string) string {
	lines := strings.SplitN(text, "\n", maxLines+1)
	if len(lines) > maxLines {
		lines[maxLines] = "…"
	}
	for i, l := range lines {
		cut := l[:min(len(l), 4*maxVisible)] // what is shown has no more bytes
		lines[i] = shorten(clean(strings.ReplaceAll(cut, "\t", "    ")), maxVisible)
	}
	return strings.Join(lines, "\n")
}

// clean shows control and other unprintable characters as escapes.
func clean(s string) string {
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
	"×", "x", "✗", "x", "✓", "+", "…", "~", "·", "-", "–", "-")

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, toASCII.Replace(s))
}

// wrap breaks text into lines of at most width characters; words that are longer are cut.
func wrap(text string, width int) []string {
	width = max(width, 8)
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for _, part := range chop(clean(word), width) {
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

// shorten keeps the first n characters.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
