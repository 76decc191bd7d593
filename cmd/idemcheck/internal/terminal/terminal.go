// Package terminal is what the command reads its surroundings from, and writes reports and progress
// to.
package terminal

import (
	"io"
	"os"
	"testing"

	"golang.org/x/term"

	"github.com/idemcheck/idemcheck/reports"
)

// Streams are where the command reads its surroundings from and writes to.
type Streams struct {
	Out, Err io.Writer
	// In is what a person types; nil when there is none.
	In io.Reader
	// env looks up an environment variable.
	Env func(string) (string, bool)
	// bubbles carries the memory world; nil in a plain binary, which borrows one.
	Bubbles *testing.T
	// program is how this command is typed.
	Program string
}

// NewProgress decides whether to draw: only on a terminal, and not where CI or NO_COLOR say that
// nobody watches.
func (s Streams) NewProgress(quiet bool) *Bar {
	if quiet || s.isSet("CI") || s.plain() || !isTerminal(s.Err) {
		return &Bar{}
	}
	return &Bar{out: s.Err}
}

// Asks reports whether a person can be asked something: what is typed and what is shown is a
// terminal.
func (s Streams) Asks() bool {
	f, ok := s.In.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && isTerminal(s.Out) && !s.isSet("CI")
}

// isSet reports whether an environment variable has a value.
func (s Streams) isSet(name string) bool {
	value, ok := s.Env(name)
	return ok && value != "" && value != "false" && value != "0"
}

// plain reports whether the terminal is to be given nothing but text.
func (s Streams) plain() bool {
	kind, _ := s.Env("TERM")
	return s.isSet("NO_COLOR") || kind == "dumb"
}

// isTerminal reports whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how wide the terminal behind a writer is; zero when it is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// Render writes a report to standard output in a format; ascii draws with nothing else.
func (s Streams) Render(doc reports.Document, format string, ascii bool) error {
	switch format {
	case "json":
		return reports.JSON(s.Out, doc.Verdict)
	case "junit":
		return reports.JUnit(s.Out, doc)
	}
	return reports.Text(s.Out, doc, s.Page(ascii))
}

// Page is what standard output can show; ascii draws with nothing else.
func (s Streams) Page(ascii bool) reports.TextOptions {
	return reports.TextOptions{
		Color: isTerminal(s.Out) && !s.plain(), Width: width(s.Out), ASCII: ascii,
	}
}
