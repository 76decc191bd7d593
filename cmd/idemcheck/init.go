package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/starting"
	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/trial"
)

// newInit writes a contract to start from.
func newInit(a *app) *cobra.Command {
	var path string
	var given starting.Given
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a contract to start from, made of what you have",
		Long: `Write a contract to start from: made of curl lines as browsers, Postman and Insomnia copy
them, of what a browser recorded (HAR), or of an OpenAPI document (3.0 or 3.1) and one of its
operations. With nothing to start from a person at a terminal is asked, and else it is that of
our own reference service, in which every part is explained. A file that is there already is
left alone.

Nothing is sent unless --probe says so. What had to be guessed is said beside its line, and
what could not be known is marked TODO. Secrets become ${NAME}, and are not in the file.`,
		Example: `  idemcheck init --curl "curl http://127.0.0.1:8090/orders -H 'Idempotency-Key: 1' …" \
                 --ledger 'curl http://127.0.0.1:8090/orders'
  idemcheck init --curl "curl …" --sql 'SELECT idem_key, amount FROM orders'
  idemcheck init --har recorded.har
  idemcheck init --openapi openapi.yaml --operation createOrder
  idemcheck init -f payments.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return initialise(c.Context(), a, path, given) },
	}
	f := c.Flags()
	f.StringVarP(&path, "contract", "f", "idemcheck.yaml", "the file to write")
	given.Add(c)
	return c
}

// initialise writes a contract unless there is a file of that name.
func initialise(ctx context.Context, a *app, path string, given starting.Given) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return exit.Usage(fmt.Errorf("%s is there already\n  next: choose another name with -f", path))
	}
	if given.Nothing() && a.Asks() {
		answered, err := starting.Ask(ctx, a.In, a.Out)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			return exit.Usage(err)
		}
		answered.AllowHost = given.AllowHost
		given = answered
	}
	if given.Nothing() {
		return writeReference(a, path)
	}
	d, err := starting.Draft(ctx, given)
	if errors.Is(err, trial.ErrUnreachable) {
		return err
	}
	if err != nil {
		return exit.Usage(err)
	}
	if err := write(path, []byte(d.String())); err != nil {
		return err
	}
	told(a.Out, path, d)
	return nil
}

func write(path string, content []byte) error {
	if err := files.Write(path, content); err != nil {
		return fmt.Errorf("%w\n  next: name a file in a folder that can be written with -f", err)
	}
	return nil
}

// writeReference writes the commented contract.
func writeReference(a *app, path string) error {
	if err := write(path, examples.Reference); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.Out, "wrote %s: change it to say what your service promises, then\n"+
		"  idemcheck run -f %s\n", path, path)
	return err
}

// told says what was written, and what is left to do.
func told(out io.Writer, path string, d *draft.Sketch) {
	fmt.Fprintf(out, "wrote %s: %s in %d lines\n", path,
		counted(len(d.Operations), "operation"), strings.Count(d.String(), "\n"))
	for _, left := range d.Left {
		fmt.Fprintf(out, "  note: %s\n", left)
	}
	if n := d.Todos(); n > 0 {
		fmt.Fprintf(out, "  todo: %s could not be known and say TODO\n", counted(n, "line"))
	}
	for _, v := range d.Variables {
		fmt.Fprintf(out, "  next: export %s=…, %s; the file does not have it\n", v.Name, v.Holds)
	}
	fmt.Fprintf(out, "  next: idemcheck check %s\n", path)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
