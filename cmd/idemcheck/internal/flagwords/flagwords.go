// Package flagwords says in words what is wrong with a flag or an argument.
package flagwords

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/internal/near"
)

// Plainly says what a flag takes in words instead of those of the function that parses it.
func Plainly(err error) error {
	text, by, _ := strings.Cut(err.Error(), " flag: ")
	switch {
	case strings.HasPrefix(by, "strconv.ParseUint"), strings.HasPrefix(by, "strconv.ParseInt"):
		return errors.New(text + " flag: write a whole number of 0 or more")
	case strings.HasPrefix(by, "time: "):
		return errors.New(text + " flag: write a duration such as 90s or 5m")
	}
	return err
}

// CheckFilled refuses flags that name something and are empty, as a variable of a shell may be:
// left out, they would mean something else than was meant.
func CheckFilled(c *cobra.Command) error {
	for _, name := range []string{
		"target", "contract", "out", "scenario", "toxiproxy", "allow-host", "otlp",
	} {
		f := c.Flags().Lookup(name)
		if f != nil && f.Changed && (f.Value.String() == "" || f.Value.String() == "[]") {
			return fmt.Errorf("--%s is empty\n  next: give it a value, or leave it out", name)
		}
	}
	return nil
}

// Misplaced says which argument is missing or too much, where it is about that.
func Misplaced(c *cobra.Command, args []string, err error) error {
	_, wants, some := strings.Cut(c.Use, " ")
	switch {
	case !some:
		return fmt.Errorf("%s takes no argument, and got %q", c.Name(), strings.Join(args, " "))
	case len(args) == 0:
		return fmt.Errorf("%s needs an argument: %s", c.Name(), wants)
	case len(args) > 1:
		return fmt.Errorf("%s takes one argument, %s, and got %d", c.Name(), wants, len(args))
	case len(c.ValidArgs) > 0:
		return fmt.Errorf("%s knows no %q; %s", c.Name(), args[0], near.Advice(args[0], c.ValidArgs))
	}
	return err
}
