// Package problem holds what is wrong with a contract: first at a path of it, and then as the
// [Error] that a user reads, with the place in the file and what to do next.
package problem

import (
	"errors"
	"fmt"
	"strings"
)

// Error is something wrong with a contract: the user's to mend, not ours.
type Error struct {
	// File is the name of the contract file; empty for a contract that was made in Go.
	File string
	// Line and Column count from 1; zero when the place is not known.
	Line, Column int
	// Path is where in the contract, such as "operations.charge.ok"; empty when not known.
	Path string
	// Message says what is wrong, Advice what to do next.
	Message, Advice string
	// Excerpt shows the line with a caret below the place; empty when the place is not known.
	// Values of headers that look secret are hidden in it.
	Excerpt string
	// Err is the cause; nil when the contract itself is.
	Err error
}

// Error returns place, message, excerpt and advice, on several lines.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.place())
	b.WriteString(e.Message)
	if e.Err != nil {
		b.WriteString(": " + Said(e.Err.Error()))
	}
	b.WriteString("\n")
	b.WriteString(e.Excerpt)
	if e.Advice != "" {
		fmt.Fprintf(&b, "next: %s", e.Advice)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) place() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	} else if place == "" && !strings.HasPrefix(e.Message, e.Path) {
		place = e.Path
	}
	if place == "" {
		return ""
	}
	return place + ": "
}

// maxSaid is how many characters of a file a message repeats at most.
const maxSaid = 1000

// Said is a text that may hold pieces of a file, as a terminal can be shown it.
func Said(text string) string {
	text = Printable(text)
	if runes := []rune(text); len(runes) > maxSaid {
		return string(runes[:maxSaid/2]) + " … " + string(runes[len(runes)-maxSaid/2:])
	}
	return text
}

// Problem is something wrong at a path of the contract, before it is known on which line that is.
type Problem struct {
	Path            []string
	Message, Advice string
	// offset counts characters from the beginning of the value (expressions).
	Offset int
	// atKey points at the name instead of the value.
	AtKey bool
}

// At makes a path.
func At(path ...string) []string { return path }

// Below extends a path without sharing its memory: siblings are made from one parent.
func Below(path []string, names ...string) []string {
	return append(path[:len(path):len(path)], names...)
}

// maxProblems is how many problems are shown at once: after so many, mending some comes first.
const maxProblems = 8

// Join makes one error of the first problems.
func Join(problems []Problem, dress func(Problem) *Error) error {
	if len(problems) == 1 {
		return dress(problems[0])
	}
	var all []error
	for _, p := range problems[:min(maxProblems, len(problems))] {
		all = append(all, dress(p))
	}
	if more := len(problems) - maxProblems; more > 0 {
		all = append(all, fmt.Errorf("and %d more problems", more))
	}
	return errors.Join(all...)
}

// Errors are problems of a contract that no file is known of.
func Errors(problems []Problem) error {
	return Join(problems, func(p Problem) *Error {
		return &Error{
			Path: Said(strings.Join(p.Path, ".")), Message: Said(p.Message), Advice: Said(p.Advice),
		}
	})
}
