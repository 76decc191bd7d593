// Package page is the paper: lines of styled text for a terminal, wrapped and safe to show, and
// tables.
package page

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// Style is an ANSI code; None is plain text.
type Style string

// The styles that a report uses: plain text, what stands out, and how good or bad the news is.
const (
	None   Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
	Alarm  Style = "1;31"
	Pass   Style = "1;32"
	Doubt  Style = "1;33"
)

// Span is a piece of a line in one style.
type Span struct {
	style Style
	text  string
}

// In is a piece of text in a style.
func In(st Style, text string) Span { return Span{st, text} }

// Page collects lines. All text goes through [page.line], which takes control characters out: a
// service's answer must not be able to move the reader's cursor.
type Page struct {
	Opts  Options
	Lines []string
}

// Options say what the reader's terminal can show. The zero value is plain Unicode text of 96
// columns.
type Options struct {
	// Color adds ANSI colours.
	Color bool
	// ASCII uses nothing outside ASCII.
	ASCII bool
	// Width is the number of columns; zero means 96, and at least 72 are used.
	Width int
}

const (
	defaultWidth = 96
	// MinWidth is how many columns a page has at least.
	MinWidth = 72
)

// Columns is how many columns a page has.
func (o Options) Columns() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return max(o.Width, MinWidth)
}

// Line writes a line.
func (p *Page) Line(spans ...Span) {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(p.paint(s))
	}
	p.Lines = append(p.Lines, strings.TrimRight(b.String(), " "))
}

func (p *Page) paint(s Span) string {
	text := words.Shorten(words.Clean(s.text), words.MaxVisible)
	if p.Opts.ASCII {
		text = words.Plain(text)
	}
	if !p.Opts.Color || s.style == None || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + string(s.style) + "m" + text + "\x1b[0m"
}

// Put writes a line of one style.
func (p *Page) Put(st Style, format string, args ...any) {
	p.Line(In(st, fmt.Sprintf(format, args...)))
}

// Text writes a wrapped paragraph: first before its first line, as much room before the others.
func (p *Page) Text(st Style, first, body string) {
	p.Lead(In(st, first), In(st, body))
}

// Lead writes a wrapped paragraph behind a first word of another style.
func (p *Page) Lead(first, body Span) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(first.text))
	for i, l := range words.Wrap(words.Shorten(body.text, words.MaxVisible),
		p.Opts.Columns()-len(indent)) {
		if i > 0 {
			first.text = indent
		}
		p.Line(first, In(body.style, l))
	}
}

// Heading opens a section with a rule over the whole width.
func (p *Page) Heading(title string) {
	rest := max(p.Opts.Columns()-utf8.RuneCountInString(title)-4, 2)
	p.Gap()
	p.Line(In(Dim, "── "), In(Bold, title), In(Dim, " "+strings.Repeat("─", rest)))
}

// Gap writes an empty line, unless there is one already.
func (p *Page) Gap() {
	if n := len(p.Lines); n > 0 && p.Lines[n-1] != "" {
		p.Lines = append(p.Lines, "")
	}
}

// New begins a page for what the reader's terminal can show.
func New(opts Options) *Page { return &Page{Opts: opts} }

// Print writes the page; what names it in errors.
func (p *Page) Print(w io.Writer, what string) error {
	return Write(w, what, strings.Join(p.Lines, "\n")+"\n")
}

// Write writes a text; what names it in errors.
func Write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// JSON writes a value as JSON that people can read: indented, and with <, > and & as they are.
func JSON(v any) (string, error) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return out.String(), err
}
