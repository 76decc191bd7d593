package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
)

// add declares the flags that choose a reference service.
func (f *referenceFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.bug, "bug", "",
		"give the reference service this seeded bug (see idemcheck list bugs)")
	flags.StringVar(&f.variant, "variant", "",
		"make the reference service this right variant (see idemcheck list variants)")
	flags.StringVar(&f.store, "store", "sqlite", "sqlite, memory or postgres")
	flags.StringVar(&f.dsn, "dsn", "", "the database (sqlite: a file; postgres: a connection string; "+
		"default: a temporary file, or PostgreSQL in a container)")
}

// demo starts the reference service and attacks it.
func (a *app) demo() *cobra.Command {
	var flags runFlags
	var ref referenceFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start the reference service, attack it, print the verdict",
		Example: `  idemcheck demo
  idemcheck demo --bug effect-before-key --seed 7
  idemcheck demo --variant stripe
  idemcheck demo --store postgres --dsn postgres://user:pw@127.0.0.1:5432/db`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.check(c); err != nil {
				return err
			}
			return a.runDemo(c.Context(), &flags, ref, nil)
		},
	}
	flags.add(c)
	ref.add(c)
	return c
}

// runDemo starts the reference service and attacks it: with a drawn plan, or with a given one.
func (a *app) runDemo(
	ctx context.Context, flags *runFlags, ref referenceFlags, plan *model.Plan,
) (err error) {
	a.sweep("", nil)
	at, opened, err := startReference(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.close()) }()
	own, err := ref.promised()
	if err != nil {
		return err
	}
	flags.own = true
	s := &session{
		app: a, flags: flags, contract: own, targetURL: at,
		hint: model.TargetHint{
			Reference: true, Bug: ref.bug, Variant: ref.variant, Store: ref.store,
		},
		beyond: beyond(ref.bug),
	}
	if s.beyond != "" {
		fmt.Fprintf(a.err, "note: %s\n", s.beyond)
	}
	if ref.dsn != "" {
		s.extra = []string{"--dsn", "…"}
	}
	if plan != nil {
		return s.again(ctx, plan)
	}
	return s.attack(ctx)
}

// run attacks the endpoint of a contract.
func (a *app) run() *cobra.Command {
	var flags runFlags
	var file, at string
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
			if err := flags.check(c); err != nil {
				return err
			}
			return a.runContract(c.Context(), &flags, file, at)
		},
	}
	flags.add(c)
	c.Flags().StringVarP(&file, "contract", "f", "idemcheck.yaml", "the contract")
	c.Flags().StringVar(&at, "target", "", "the target's URL, instead of the contract's")
	return c
}

// runContract attacks the endpoint of a contract file.
func (a *app) runContract(ctx context.Context, flags *runFlags, file, at string) error {
	c, err := contract.Load(file)
	if err != nil {
		return err
	}
	s := &session{
		app: a, flags: flags, contract: c, targetURL: c.Target.URL,
		hint: model.TargetHint{Contract: file}, extra: []string{"-f", file},
	}
	if at != "" {
		s.targetURL = at
		s.extra = append(s.extra, "--target", withoutUser(at))
	}
	return s.attack(ctx)
}

// serve serves the reference service until it is stopped.
func (a *app) serve() *cobra.Command {
	var ref referenceFlags
	var listen string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the reference payment service",
		Long: `Serve the reference payment service until Ctrl-C. Its contract is
examples/reference.yaml, with the sections of examples/variants/NAME.yaml for --variant NAME; its
tenants are alpha (token alpha-token) and beta (token beta-token).`,
		Example: `  idemcheck serve --listen 127.0.0.1:8080 --dsn payments.db
  idemcheck serve --bug key-ignored --store memory
  idemcheck serve --variant ack-only --store memory`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.runServe(c.Context(), ref, listen)
		},
	}
	ref.add(c)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the address to listen on")
	return c
}

// runServe serves until the context ends.
func (a *app) runServe(ctx context.Context, ref referenceFlags, listen string) (err error) {
	a.sweep("", nil)
	s, opened, err := openStore(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.close()) }()
	service, err := newReference(s, ref, slog.New(slog.NewTextHandler(a.err, nil)))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listening: %w\n  next: choose another address with --listen", err)
	}
	a.endless = true
	fmt.Fprintf(a.err, "serving payments on http://%s (store %s); stop with Ctrl-C\n",
		listener.Addr(), ref.store)
	return reference.Serve(ctx, listener, service)
}
