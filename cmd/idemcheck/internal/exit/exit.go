// Package exit says with which code the command ends: by its verdict, an error or a signal.
package exit

import (
	"errors"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Exit codes.
const (
	Valid   = 0
	Invalid = 1
	Unknown = 2
	// BadUsage: bad arguments, or a contract that is bad or does not describe the service.
	BadUsage = 3
	// Failed: the tool or the target could not run.
	Failed = 4
	// Signal and the number of the signal are the exit code of what a signal interrupted.
	Signal = 128
)

// usageError is a mistake in what the user gave.
type usageError struct{ error }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.error }

// Code tells mistakes of the user from failures of the tool or the target.
func Code(err error) int {
	var mistake usageError
	var file *files.ReadError
	var bad *contract.Error
	if errors.As(err, &mistake) || errors.As(err, &file) || errors.As(err, &bad) {
		return BadUsage
	}
	return Failed
}

// Of is the exit code of a verdict. A contract that does not describe the service is the user's to
// mend.
func Of(v verdict.Verdict) int {
	switch {
	case v.Verdict == verdict.Valid:
		return Valid
	case v.Verdict == verdict.Invalid:
		return Invalid
	case len(v.Mistakes) > 0:
		return BadUsage
	}
	return Unknown
}

// Usage makes an error a mistake in what the user gave.
func Usage(err error) error { return usageError{err} }
