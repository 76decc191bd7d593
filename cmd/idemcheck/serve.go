package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/ours"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/reference"
)

// newServe serves the reference service until it is stopped.
func newServe(a *app) *cobra.Command {
	var ref ours.Reference
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
			return runServe(c.Context(), a, ref, listen)
		},
	}
	ref.Add(c)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the address to listen on")
	return c
}

// runServe serves until the context ends.
func runServe(ctx context.Context, a *app, ref ours.Reference, listen string) (err error) {
	if _, err := net.ResolveTCPAddr("tcp", listen); err != nil {
		return exit.Usage(fmt.Errorf("--listen %q is no address: %w\n  next: write one such as "+
			"127.0.0.1:8080", listen, err))
	}
	reach.Sweep(a.Err, "", nil)
	s, opened, err := ours.OpenStore(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	service, err := ours.New(s, ref, slog.New(slog.NewTextHandler(a.Err, nil)))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listening: %w\n  next: choose another address with --listen", err)
	}
	a.endless = true
	fmt.Fprintf(a.Err, "serving payments on http://%s (store %s); stop with Ctrl-C\n",
		listener.Addr(), ref.Store)
	return reference.Serve(ctx, listener, service)
}
