// Package conform is the verb that asks a service for what its contract promises.
package conform

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/detecting"
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
	// detect asks which dialect is nearest instead, and write writes it.
	detect, write bool
}

// Command is the verb.
func (v Verb) Command() *cobra.Command {
	var a asked
	c := &cobra.Command{
		Use:   "conformance [FILE]",
		Short: "Ask the service for each promise of its contract, without faults of the network",
		Long: `Ask the service for each promise of its contract, without faults of the network.

A fixed catalogue of small cases is sent: repeats, malformed keys, keys that look like code, keys
with another payload, tenant or route, wrong credentials, copies at one instant, keys at the edge
of their retention (which age in the contract makes old). A line per row says what came of it:
MUST violated (exit code 1), SHOULD diverged (of what the dialect only recommends; 1 with
--strict), MAY undeclared (with the line to write), unknown (with the reason), undecided (exit
code 2) or kept.

--detect asks in at most 60 requests which dialect is nearest to what the service does, whatever
the contract says of keys: it names the lines that differ, those of which nothing was seen, and
what to write. Exit code 3: the contract says something else; 2: nothing was seen.`,
		Example: "  idemcheck conformance idemcheck.yaml\n  idemcheck conformance --format json\n" +
			"  idemcheck conformance idemcheck.yaml --detect",
		Args: cobra.MaximumNArgs(1),
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
	c.Flags().BoolVar(&a.detect, "detect", false,
		"name the dialect that is nearest to what the service does, and the lines to write")
	c.Flags().BoolVar(&a.write, "write", false, "with --detect, write them into the contract")
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
	if a.detect && c.Flags().Changed("read-only") {
		return exit.Usage(errors.New("--detect sends operations: leave --read-only out, or see " +
			"`idemcheck check --read-only`"))
	}
	if err := a.checkDetect(); err != nil {
		return exit.Usage(err)
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

// checkDetect looks at what does not go with --detect.
func (a *asked) checkDetect() error {
	switch {
	case a.write && !a.detect:
		return errors.New("--write writes what --detect found: give that too")
	case a.write && a.flags.Format != "text":
		return errors.New("--write shows what it writes as text: leave --format out")
	case a.strict && a.detect:
		return errors.New("--strict is about what a contract promises, and --detect asks what a " +
			"service does: give one of them")
	}
	return nil
}

// run asks the service and shows the table.
func (v Verb) run(c *cobra.Command, a *asked) error {
	promised, err := contract.Load(a.file)
	if err != nil {
		return err
	}
	if a.detect {
		return v.detect(c, a, promised)
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

// detect asks which dialect is nearest.
func (v Verb) detect(c *cobra.Command, a *asked, promised *model.Contract) error {
	if a.at != "" {
		promised.Target.URL = a.at
	}
	code, err := detecting.Run(c.Context(), detecting.Options{
		Streams: *v.Streams, Contract: promised, File: a.file, Reach: a.flags.Reach,
		Format: a.flags.Format, Write: a.write, ASCII: a.flags.ASCII,
	})
	*v.Code = code
	return err
}
