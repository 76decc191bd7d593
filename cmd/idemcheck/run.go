package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// newRun attacks the endpoint of a contract.
func newRun(a *app) *cobra.Command {
	var flags session.Flags
	var e endpoint
	c := &cobra.Command{
		Use:   "run [FILE]",
		Short: "Attack the endpoint of a contract, print the verdict",
		Long: `Attack the endpoint of a contract, print the verdict.

It sends requests that change things, on fresh resources and with fresh keys, and refuses a
target that is neither loopback nor private unless --allow-host names it.`,
		Example: `  idemcheck run idemcheck.yaml
  idemcheck run -f idemcheck.yaml --scenario lost-answers,concurrent-duplicates --seed 7
  idemcheck run idemcheck.yaml --dry-run
  idemcheck run -f idemcheck.yaml --budget 5m --cases 5000 --format junit > report.xml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(e.named(c, args), flags.Check(c)); err != nil {
				return err
			}
			return runContract(c.Context(), a, &flags, e)
		},
	}
	flags.AddRun(c)
	e.add(c)
	return c
}

// newCheck compares a contract with its service.
func newCheck(a *app) *cobra.Command {
	var flags session.Flags
	var e endpoint
	var write bool
	c := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Compare a contract with the service, without any fault",
		Long: `Compare a contract with the service, without any fault.

It does what every run begins with: it sends a few operations of each type, each with a repeat, and
compares statuses, answers, ledgers and state with the contract. Lines that do not describe the
service are shown with what to write instead; --write writes those of which there is no doubt,
and leaves everything else of the file as it is.`,
		Example: "  idemcheck check\n  idemcheck check payments.yaml --write",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := e.named(c, args); err != nil {
				return err
			}
			if err := flags.Check(c); err != nil {
				return err
			}
			s, err := e.session(a, &flags)
			if err != nil {
				return err
			}
			return a.after(s, session.Compare(c.Context(), s, write))
		},
	}
	flags.AddChecking(c)
	e.add(c)
	c.Flags().BoolVar(&write, "write", false, "write the lines that are proposed into the contract")
	return c
}

// endpoint is the contract file of an endpoint, and where it is; "" means where the contract says.
type endpoint struct{ file, at string }

// add declares the flags that say what the endpoint is.
func (e *endpoint) add(c *cobra.Command) {
	c.Flags().StringVarP(&e.file, contractFlag, "f", "idemcheck.yaml", "the contract")
	c.Flags().StringVar(&e.at, "target", "", "the target's URL, instead of the contract's")
}

// contractFlag names the contract file, as an argument does.
const contractFlag = "contract"

// named takes the contract file from the arguments of a command, where one is given.
func (e *endpoint) named(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.Flags().Changed(contractFlag) && e.file != args[0] {
		return exit.Usage(fmt.Errorf("the contract is given twice: %s, and %s by --contract\n"+
			"  next: name one", args[0], e.file))
	}
	e.file = args[0]
	return nil
}

// session is what attacks or checks the endpoint.
func (e *endpoint) session(a *app, flags *session.Flags) (*session.Session, error) {
	c, err := contract.Load(e.file)
	if err != nil {
		return nil, err
	}
	s := &session.Session{
		Streams: a.Streams, Version: thisBuild().Version, Flags: flags,
		Contract: c, TargetURL: c.Target.URL,
		Hint: model.TargetHint{Contract: e.file}, Extra: []string{"-f", e.file},
	}
	if e.at != "" {
		s.At(e.at)
		s.Extra = append(s.Extra, "--target", reach.WithoutUser(e.at))
	}
	return s, nil
}

// runContract attacks the endpoint of a contract file.
func runContract(ctx context.Context, a *app, flags *session.Flags, e endpoint) error {
	s, err := e.session(a, flags)
	if err != nil {
		return err
	}
	return a.after(s, s.Attack(ctx))
}
