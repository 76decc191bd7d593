package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/files"
)

// newInit writes a contract to start from.
func newInit(a *app) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a commented contract to start from",
		Long: `Write a commented contract to start from: that of our own reference service, in which
every part is explained. A file that is there already is left alone.`,
		Example: "  idemcheck init\n  idemcheck init -f payments.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return writeContract(a, path) },
	}
	c.Flags().StringVarP(&path, "contract", "f", "idemcheck.yaml", "the file to write")
	return c
}

// writeContract writes the commented contract unless there is a file of that name.
func writeContract(a *app, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return exit.Usage(fmt.Errorf("%s is there already\n  next: choose another name with -f", path))
	}
	if err := files.Write(path, examples.Reference); err != nil {
		return fmt.Errorf("%w\n  next: name a file in a folder that can be written with -f", err)
	}
	_, err := fmt.Fprintf(a.Out, "wrote %s: change it to say what your service promises, then\n"+
		"  idemcheck run -f %s\n", path, path)
	return err
}
