package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/conform"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/flagwords"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/racing"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
)

// app is one invocation of the command.
type app struct {
	terminal.Streams
	// code is the exit code when nothing interrupted the command.
	code int
	// endless: the command runs until a signal, which is then no interruption.
	endless bool
}

// after takes over the exit code of a session that came to an end.
func (a *app) after(s *session.Session, err error) error {
	a.code = s.Code
	return err
}

// newCommand builds the command tree.
func newCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "idemcheck",
		Short: "Find out whether a retry does harm, before production does",
		Long: `idemcheck sends drawn sequences of operations through network faults to an endpoint and
asserts that side effects and final state match a single execution.

Exit codes: 0 valid, 1 invalid, 2 unknown, 3 bad arguments, or a contract that is bad or does
not describe the service, 4 the tool or the target could not run; 130 and 143 interrupted by
SIGINT or SIGTERM, after healing, saving and reporting what was done so far.`,
		Example: `  idemcheck demo                          # attack our own reference service
  idemcheck demo --bug check-then-act     # the same with a seeded bug
  idemcheck race 'curl …' -n 20           # send one line so often at once; no contract
  idemcheck check idemcheck.yaml          # compare your contract with your service
  idemcheck run idemcheck.yaml            # attack your endpoint
  idemcheck replay idemcheck-out/…/counterexample/plan.json`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		err = flagwords.Plainly(err)
		return exit.Usage(fmt.Errorf("%w\n  next: see `%s --help`", err, c.CommandPath()))
	})
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if err := flagwords.CheckFilled(c); err != nil {
			return exit.Usage(err)
		}
		return nil
	}
	root.AddCommand(
		newDemo(a), newInit(a), newCheck(a), newRun(a), newReplay(a), newJudge(a), newShow(a), newList(a),
		newExplain(a), newServe(a), racing.New(a.Streams, &a.code), newCalibrate(a), newVersion(a),
		conform.Verb{Streams: &a.Streams, Version: thisBuild().Version, Code: &a.code}.Command(),
	)
	root.Version = thisBuild().String()
	root.SetVersionTemplate("{{.Version}}\n")
	checkNames(root)
	root.SetHelpCommand(newHelp(root))
	return root
}

// checkNames makes unknown commands and stray arguments mistakes of the user.
func checkNames(root *cobra.Command) {
	root.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		message := fmt.Sprintf("there is no command %q", args[0])
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			message += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return exit.Usage(fmt.Errorf("%s\n  next: see `idemcheck --help`", message))
	}
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	root.SuggestionsMinimumDistance = 2
	for _, c := range root.Commands() {
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					err = flagwords.Misplaced(c, args, err)
					return exit.Usage(fmt.Errorf("%w\n  next: see `%s --help`", err, c.CommandPath()))
				}
				return nil
			}
		}
	}
}

// newHelp prints how a command is used. A name that no command has is a mistake.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err == nil && len(rest) > 0 {
				err = root.Args(root, rest)
			}
			if err != nil {
				return err
			}
			return c.Help()
		},
	}
}
