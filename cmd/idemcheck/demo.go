package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/ours"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/model"
)

// newDemo starts the reference service and attacks it.
func newDemo(a *app) *cobra.Command {
	var flags session.Flags
	var ref ours.Reference
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start the reference service, attack it, print the verdict",
		Example: `  idemcheck demo
  idemcheck demo --bug effect-before-key --seed 7
  idemcheck demo --variant stripe
  idemcheck demo --store postgres --dsn postgres://user:pw@127.0.0.1:5432/db`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.Check(c); err != nil {
				return err
			}
			return runDemo(c.Context(), a, demonstration{flags: &flags, ref: ref})
		},
	}
	flags.Add(c)
	ref.Add(c)
	return c
}

// demonstration is a reference service to attack: with a drawn plan (nil), or with a given one.
type demonstration struct {
	flags *session.Flags
	ref   ours.Reference
	plan  *model.Plan
}

// runDemo starts the reference service and attacks it.
func runDemo(ctx context.Context, a *app, d demonstration) (err error) {
	reach.Sweep(a.Err, "", nil)
	ref := d.ref
	at, opened, err := ours.Start(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	own, err := ref.Promised()
	if err != nil {
		return err
	}
	d.flags.Reach.Own = true
	s := &session.Session{
		Streams: a.Streams, Version: thisBuild().Version, Flags: d.flags, Contract: own, TargetURL: at,
		Hint: model.TargetHint{
			Reference: true, Bug: ref.Bug, Variant: ref.Variant, Store: ref.Store,
		},
		Beyond: ours.Beyond(ref.Bug),
	}
	if s.Beyond != "" {
		fmt.Fprintf(a.Err, "note: %s\n", s.Beyond)
	}
	if ref.DSN != "" {
		s.Extra = []string{"--dsn", "…"}
	}
	if d.plan != nil {
		return a.after(s, s.Again(ctx, d.plan))
	}
	return a.after(s, s.Attack(ctx))
}
