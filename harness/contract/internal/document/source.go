package document

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// byteOrderMark is what some editors of Windows put before a text.
const byteOrderMark = "\ufeff"

// checkSource looks for bytes that no text of this kind has, before anything reads it: the position
// of the first is known exactly, and nothing else in the file can be trusted then.
func (d *document) checkSource() error {
	line, column := 1, 1
	for rest := d.src; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		p := badRune(r, rest[:size], rest[size:])
		if p != nil {
			return d.errorHere(line, column, *p)
		}
		rest = rest[size:]
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

// badRune tells what is wrong with a character; after is what follows it.
func badRune(r rune, as, after []byte) *problem.Problem {
	switch {
	case r == utf8.RuneError && len(as) == 1:
		return &problem.Problem{
			Message: fmt.Sprintf("the file is not UTF-8: it has the byte 0x%02x", as[0]),
			Advice:  "save it as UTF-8; other encodings, such as Latin-1 or UTF-16, are not read",
		}
	case r == '\r' && !bytes.HasPrefix(after, []byte("\n")):
		return &problem.Problem{
			Message: "a carriage return without a line feed",
			Advice:  "end lines with a line feed, or with both",
		}
	case r != '\t' && r != '\n' && r != '\r' && unicode.IsControl(r), r == '\ufeff':
		return &problem.Problem{
			Message: fmt.Sprintf("the file has the control character %U", r),
			Advice:  `remove it; in a text, write it as an escape such as "\x1b"`,
		}
	}
	return nil
}

// errorHere is an error at a place that is known without the tree.
func (d *document) errorHere(line, column int, p problem.Problem) *problem.Error {
	return &problem.Error{
		File: d.name, Line: line, Column: column, Message: p.Message, Advice: p.Advice,
		Excerpt: d.excerpt(line, column),
	}
}

// excerptWidth is how many characters of a line an excerpt shows at most, around the column.
const excerptWidth = 120

// excerpt shows a place of the source with a caret; line and column count from 1. Characters that a
// terminal would obey are escaped.
func (d *document) excerpt(line, column int) string {
	if d.lines == nil {
		d.lines = strings.Split(strings.ReplaceAll(string(d.src), "\r\n", "\n"), "\n")
		d.hidden = hideSecrets(d.lines, d.secrets())
	}
	if line < 1 || line > len(d.lines) {
		return ""
	}
	from := max(0, column-1-excerptWidth/2)
	var b strings.Builder
	for n := max(1, line-excerptBefore); n <= min(line+excerptAfter, len(d.lines)); n++ {
		if n == line {
			fmt.Fprintf(&b, "> %4d | %s\n", n, window(d.hidden[n-1], from))
			fmt.Fprintf(&b, "       | %s^\n", caretPadding(d.lines[n-1], from, column))
			continue
		}
		fmt.Fprintf(&b, "  %4d | %s\n", n, window(d.hidden[n-1], from))
	}
	return b.String()
}

// window is the part of a line that an excerpt shows, from a character on.
func window(line string, from int) string {
	shown := []rune(problem.Printable(line))
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	for i, width := 0, 0; i < len(shown); i++ {
		if i < from {
			continue
		}
		if width++; width > excerptWidth {
			b.WriteString("…")
			break
		}
		b.WriteRune(shown[i])
	}
	return b.String()
}

// caretPadding repeats tabs, so that the caret stands below its character however wide tabs are.
func caretPadding(line string, from, column int) string {
	var b strings.Builder
	if from > 0 {
		b.WriteByte(' ')
	}
	for i, r := range []rune(problem.Printable(line)) {
		if i >= column-1 {
			break
		}
		if i < from {
			continue
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
