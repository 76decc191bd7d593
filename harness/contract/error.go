package contract

import (
	"errors"
	"fmt"
	"regexp"
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
		b.WriteString(": " + said(e.Err.Error()))
	}
	b.WriteString("\n")
	b.WriteString(e.Excerpt)
	if e.Advice != "" {
		fmt.Fprintf(&b, "what to do: %s", e.Advice)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) place() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	} else if place == "" {
		place = e.Path
	}
	if place == "" {
		return ""
	}
	return place + ": "
}

// maxSaid is how many characters of a file a message repeats at most.
const maxSaid = 1000

// said is a text that may hold pieces of a file, as a terminal can be shown it.
func said(text string) string {
	text = printable(text)
	if runes := []rune(text); len(runes) > maxSaid {
		return string(runes[:maxSaid/2]) + " … " + string(runes[len(runes)-maxSaid/2:])
	}
	return text
}

// problem is something wrong at a path of the contract, before it is known on which line that is.
type problem struct {
	path            []string
	message, advice string
	// offset counts characters from the beginning of the value (expressions).
	offset int
	// atKey points at the name instead of the value.
	atKey bool
}

// at makes a path.
func at(path ...string) []string { return path }

// below extends a path without sharing its memory: siblings are made from one parent.
func below(path []string, names ...string) []string {
	return append(path[:len(path):len(path)], names...)
}

// maxProblems is how many problems are shown at once: after so many, mending some comes first.
const maxProblems = 8

// join makes one error of the first problems.
func join(problems []problem, dress func(problem) *Error) error {
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

// plainErrors are problems of a contract that no file is known of.
func plainErrors(problems []problem) error {
	return join(problems, func(p problem) *Error {
		return &Error{
			Path: said(strings.Join(p.path, ".")), Message: said(p.message), Advice: said(p.advice),
		}
	})
}

// excerptBefore and excerptAfter are how many lines are shown around the one that is wrong.
const (
	excerptBefore = 2
	excerptAfter  = 1
)

// looksSecret finds names of headers whose values an excerpt must not show, whether or not the file
// could be read far enough to know its own list.
var looksSecret = regexp.MustCompile(
	`(?i)[\w-]*(authorization|cookie|credential|token|secret|api-?key|\w-key|passw\w*|session|` +
		`signature)["']?\s*:\s*\S`)

// userinfo is what stands between "://" and "@" in a URL.
var userinfo = regexp.MustCompile(`://[^/\s"']*@`)

// hideSecrets hides values behind names that look secret, the lines that continue them, and users
// and passwords in URLs.
func hideSecrets(lines, secrets []string) []string {
	out := make([]string, len(lines))
	inside, depth := false, 0
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if inside && indent > depth && strings.TrimSpace(line) != "" {
			out[i] = strings.Repeat(" ", indent) + redacted
			continue
		}
		end := secretValue(line, secrets)
		inside, depth = end > 0, indent
		out[i] = line
		if inside {
			out[i] = line[:end] + redacted
		}
		out[i] = userinfo.ReplaceAllString(out[i], "://"+redacted+"@")
	}
	return out
}

// secretValue returns where a secret value begins in a line, or zero. References to the environment
// are no secret.
func secretValue(line string, secrets []string) int {
	end := 0
	if m := looksSecret.FindStringIndex(line); m != nil {
		end = m[1] - 1
	}
	for _, name := range secrets {
		_, after, found := strings.Cut(strings.ToLower(line), strings.ToLower(name)+":")
		if found && len(after) > 0 {
			end = len(line) - len(after)
		}
	}
	if end == 0 || keepsOnlyReferences(strings.Trim(line[end:], ` "'`)) {
		return 0
	}
	return end
}
