// Package conform is the verb that asks a service for what its contract promises.
package conform

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// Verb is what the verb needs of the command that it belongs to.
type Verb struct {
	Streams *terminal.Streams
	// Version is that of the tool, Code where the exit code goes.
	Version string
	Code    *int
}

// asked is what the user said.
type asked struct {
	flags  session.Flags
	file   string
	at     string
	strict bool
}

// Command is the verb.
func (v Verb) Command() *cobra.Command {
	var a asked
	c := &cobra.Command{
		Use:   "conformance [FILE]",
		Short: "Ask the service for each promise of its contract, without faults of the network",
		Long: `Ask the service for each promise of its contract, without faults of the network.

A fixed catalogue of small cases is sent: repeats, malformed keys, keys with another payload,
another tenant or route, copies at one instant, keys at the edge of their retention. A line per
row says what came of it: MUST violated (exit code 1), SHOULD diverged (of what the dialect only
recommends; 1 with --strict), MAY undeclared (with the line to write), unknown (with the
reason), undecided (exit code 2) or kept.`,
		Example: "  idemcheck conformance idemcheck.yaml\n  idemcheck conformance --format json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.check(c, args); err != nil {
				return err
			}
			return v.run(c, &a)
		},
	}
	a.flags.AddChecking(c)
	c.Flags().StringVarP(&a.file, "contract", "f", "idemcheck.yaml", "the contract")
	c.Flags().StringVar(&a.at, "target", "", "the target's URL, instead of the contract's")
	c.Flags().BoolVar(&a.strict, "strict", false,
		"let what diverges from a SHOULD end with exit code 1")
	return c
}

// check completes what the user said.
func (a *asked) check(c *cobra.Command, args []string) error {
	if err := a.flags.Check(c); err != nil {
		return err
	}
	if a.flags.Format == "junit" {
		return exit.Usage(errors.New("--format junit is for runs\n  next: use text or json"))
	}
	if len(args) == 0 {
		return nil
	}
	if c.Flags().Changed("contract") && a.file != args[0] {
		return exit.Usage(errors.New("the contract is given twice\n  next: name one"))
	}
	a.file = args[0]
	return nil
}

// run asks the service and shows the table.
func (v Verb) run(c *cobra.Command, a *asked) error {
	promised, err := contract.Load(a.file)
	if err != nil {
		return err
	}
	s := &session.Session{
		Streams: *v.Streams, Version: v.Version, Flags: &a.flags, Contract: promised,
		TargetURL: promised.Target.URL, Hint: model.TargetHint{Contract: a.file},
	}
	if a.at != "" {
		s.At(a.at)
	}
	err = session.Conform(c.Context(), s, a.strict)
	*v.Code = s.Code
	return err
}
