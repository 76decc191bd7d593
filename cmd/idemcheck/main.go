// Command idemcheck finds out before production whether a retry does harm: it sends drawn sequences
// of operations through network faults to an endpoint and compares side effects and final state
// with a single execution.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/reports"
)

func main() {
	ctx, stop := exit.Interruptible(context.Background())
	code := run(ctx, os.Args[1:], terminal.Streams{
		Out: os.Stdout, Err: os.Stderr, In: os.Stdin, Env: os.LookupEnv, Program: invokedAs(os.Args[0]),
	})
	stop()
	os.Exit(code)
}

// run runs the command and returns its exit code.
func run(ctx context.Context, args []string, s terminal.Streams) int {
	app := &app{Streams: s}
	root := newCommand(app)
	root.SetArgs(args)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	//nolint:errorlint // what nobody wrapped says nothing of its own
	if by, ok := exit.Interrupted(ctx); ok && err == context.Canceled {
		err = by
	}
	if err != nil {
		fmt.Fprintf(s.Err, "idemcheck: %s\n", reports.Visible(err.Error()))
		app.code = exit.Code(err)
	}
	if by, ok := exit.Interrupted(ctx); ok && (!app.endless || err != nil) {
		return by.Code()
	}
	return app.code
}

// invokedAs is how a user types this command again, told by the process's first argument: what `go
// run` builds is gone afterwards.
func invokedAs(first string) string {
	if !strings.Contains(first, "go-build") {
		return cmp.Or(first, "idemcheck")
	}
	const here = "./cmd/idemcheck"
	if _, err := os.Stat(here); err == nil {
		return "go run " + here
	}
	return "go run github.com/idemcheck/idemcheck/cmd/idemcheck"
}
