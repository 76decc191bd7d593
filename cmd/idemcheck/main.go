// Command idemcheck finds out before production whether a retry does harm: it sends drawn sequences
// of operations through network faults to an endpoint and compares side effects and final state
// with a single execution.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// Exit codes.
const (
	exitValid   = 0
	exitInvalid = 1
	exitUnknown = 2
	// exitUsage: bad arguments or a bad contract.
	exitUsage = 3
	// exitFailed: the tool or the target could not run.
	exitFailed = 4
	// exitSignal and the number of the signal are the exit code of what a signal interrupted.
	exitSignal = 128
)

// streams are where the command reads its surroundings from and writes to.
type streams struct {
	out, err io.Writer
	// env looks up an environment variable.
	env func(string) (string, bool)
	// bubbles carries the memory world; nil in a plain binary, which borrows one.
	bubbles *testing.T
	// program is how this command is typed.
	program string
}

func main() {
	ctx, stop := interruptible(context.Background())
	code := run(ctx, os.Args[1:], streams{
		out: os.Stdout, err: os.Stderr, env: os.LookupEnv, program: invokedAs(os.Args[0]),
	})
	stop()
	os.Exit(code)
}

// run runs the command and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	app := &app{streams: s}
	root := app.command()
	root.SetArgs(args)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintf(s.err, "idemcheck: %s\n", reports.Visible(err.Error()))
		app.code = exitCode(err)
	}
	if by, ok := interrupted(ctx); ok && (!app.endless || err != nil) {
		return by.code()
	}
	return app.code
}

// usageError is a mistake in what the user gave.
type usageError struct{ error }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.error }

// exitCode tells mistakes of the user from failures of the tool or the target.
func exitCode(err error) int {
	var usage usageError
	var file *files.Error
	var bad *contract.Error
	if errors.As(err, &usage) || errors.As(err, &file) || errors.As(err, &bad) {
		return exitUsage
	}
	return exitFailed
}

// codeOf is the exit code of a verdict.
func codeOf(v model.Result) int {
	switch v {
	case model.Valid:
		return exitValid
	case model.Invalid:
		return exitInvalid
	}
	return exitUnknown
}
