// Package witness is shown what is sent and read without faults, and what of it is not as declared.
package witness

import (
	"errors"
	"slices"
	"sync"
)

// Witness is shown what is sent and read without faults, besides whoever asked for it.
type Witness interface {
	// Saw is told of each answer, after it was read.
	Saw(Overheard)
	// Unfit is told what could not be read as a line of the contract says.
	Unfit(*LineError)
}

// Overheard is one message without faults and its answer, without secrets.
type Overheard struct {
	// Template is the path in the contract, Method and Path what was sent.
	Template, Method, Path string
	Sent                   string
	Status                 int
	// Body is the beginning of the answer, as far as it was read.
	Body string
}

// LineError is something that could not be read as a line of the contract says.
type LineError struct {
	// Path is where in the contract, name by name.
	Path []string
	Err  error
}

// Error says what was read, and why it is not right.
func (e *LineError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// errNotAsDeclared is an answer that does not hold what the contract says.
var errNotAsDeclared = errors.New("not as declared")

// NotAsDeclared makes an error one of an answer that does not hold what the contract says.
func NotAsDeclared(err error) error { return undeclared{err} }

// IsNotAsDeclared reports whether an error is one of an answer that does not hold what the contract
// says.
func IsNotAsDeclared(err error) bool { return errors.Is(err, errNotAsDeclared) }

type undeclared struct{ error }

func (u undeclared) Unwrap() []error { return []error{u.error, errNotAsDeclared} }

// Ear is a witness that keeps what is said without faults in one case.
type Ear struct {
	mu sync.Mutex
	// exchanges are the last of each path and template, errors those of all lines; both are
	// protected by mu.
	exchanges []Overheard
	errors    []*LineError
}

// Saw implements [Witness].
func (e *Ear) Saw(x Overheard) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.exchanges = append(slices.DeleteFunc(e.exchanges, func(o Overheard) bool {
		return o.Template == x.Template && o.Method == x.Method && o.Path == x.Path
	}), x)
}

// Unfit implements [Witness].
func (e *Ear) Unfit(err *LineError) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.errors = append(e.errors, err)
}

// Answers are the last answers to what a path of the contract asks for.
func (e *Ear) Answers(template string) []Overheard {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Overheard
	for _, x := range e.exchanges {
		if x.Template == template {
			out = append(out, x)
		}
	}
	return out
}

// Last is the last exchange; false when there was none.
func (e *Ear) Last() (Overheard, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.exchanges) == 0 {
		return Overheard{}, false
	}
	return e.exchanges[len(e.exchanges)-1], true
}

// Errors are what could not be read as a line of the contract says.
func (e *Ear) Errors() []*LineError {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.errors)
}
