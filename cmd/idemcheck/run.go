package main

import (
	"context"

	"github.com/spf13/cobra"

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
		Use:   "run",
		Short: "Attack the endpoint of a contract, print the verdict",
		Long: `Attack the endpoint of a contract, print the verdict.

It sends requests that change things, on fresh resources and with fresh keys, and refuses a
target that is neither loopback nor private unless --allow-host names it.`,
		Example: `  idemcheck run -f idemcheck.yaml
  idemcheck run -f idemcheck.yaml --scenario lost-answers,concurrent-duplicates --seed 7
  idemcheck run -f idemcheck.yaml --budget 5m --cases 5000 --format junit > report.xml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.Check(c); err != nil {
				return err
			}
			return runContract(c.Context(), a, &flags, e)
		},
	}
	flags.Add(c)
	c.Flags().StringVarP(&e.file, "contract", "f", "idemcheck.yaml", "the contract")
	c.Flags().StringVar(&e.at, "target", "", "the target's URL, instead of the contract's")
	return c
}

// endpoint is the contract file of an endpoint, and where it is; "" means where the contract says.
type endpoint struct{ file, at string }

// runContract attacks the endpoint of a contract file.
func runContract(ctx context.Context, a *app, flags *session.Flags, e endpoint) error {
	c, err := contract.Load(e.file)
	if err != nil {
		return err
	}
	s := &session.Session{
		Streams: a.Streams, Version: thisBuild().Version, Flags: flags,
		Contract: c, TargetURL: c.Target.URL,
		Hint: model.TargetHint{Contract: e.file}, Extra: []string{"-f", e.file},
	}
	if e.at != "" {
		s.TargetURL = e.at
		s.Extra = append(s.Extra, "--target", reach.WithoutUser(e.at))
	}
	return a.after(s, s.Attack(ctx))
}
