// Package ours starts the reference service, for the commands that attack or serve it.
package ours

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/chaos/container"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/postgres"
	"github.com/idemcheck/idemcheck/reference/sqlite"
	"github.com/idemcheck/idemcheck/reference/store"
)

// demoWork is how long the reference service's card processor takes: without it there would be
// nothing to race with, and on a busy machine copies of an operation arrive milliseconds apart.
const demoWork = 5 * time.Millisecond

// Reference says which reference service to start.
type Reference struct {
	Bug, Variant, Store, DSN string
}

// Promised is the contract of that service: of its variant, or of the variant that its bug breaks.
func (f *Reference) Promised() (*model.Contract, error) {
	variant := f.Variant
	for _, b := range reference.Bugs() {
		if b.Name == f.Bug {
			variant = b.Variant
		}
	}
	return subject.Contract(variant)
}

// Closers are things to close, last opened first.
type Closers []func() error

// Close closes everything and returns all errors.
func (c Closers) Close() error {
	var all error
	for _, f := range slices.Backward(c) {
		all = errors.Join(all, f())
	}
	return all
}

// OpenStore opens the store of the reference service.
func OpenStore(ctx context.Context, f Reference) (store.Store, Closers, error) {
	switch f.Store {
	case "memory":
		if f.DSN != "" {
			return nil, nil, exit.Usage(errors.New("--store memory has no database: leave --dsn out, " +
				"or say --store sqlite or postgres"))
		}
		s := memory.New()
		return s, Closers{s.Close}, nil
	case "sqlite":
		return openSQLite(ctx, f.DSN)
	case "postgres":
		return openPostgres(ctx, f.DSN)
	}
	return nil, nil, exit.Usage(fmt.Errorf("--store %q is none of sqlite, memory, postgres", f.Store))
}

// openSQLite opens a database file, or a temporary one that goes away with the run.
func openSQLite(ctx context.Context, path string) (store.Store, Closers, error) {
	var opened Closers
	if path == "" {
		dir, release, err := lease.Temporary()
		if err != nil {
			return nil, nil, fmt.Errorf("making a folder for the demo's database: %w", err)
		}
		opened = append(opened, release)
		path = filepath.Join(dir, "payments.db")
	}
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		err = fmt.Errorf("%w\n  next: give --dsn a file in a folder that exists and can be written", err)
		return nil, nil, errors.Join(err, opened.Close())
	}
	return s, append(opened, s.Close), nil
}

// openPostgres connects to a database, or starts one in a container.
func openPostgres(ctx context.Context, dsn string) (store.Store, Closers, error) {
	var opened Closers
	if dsn == "" {
		db, err := container.StartPostgres(ctx, container.PostgresOptions{})
		if err != nil {
			return nil, nil, err
		}
		dsn = db.DSN
		opened = append(opened, func() error { return db.Stop(context.WithoutCancel(ctx)) })
	}
	s, err := postgres.Open(ctx, dsn)
	if err != nil {
		err = fmt.Errorf("%w\n  next: start PostgreSQL, or correct --dsn", err)
		return nil, nil, errors.Join(err, opened.Close())
	}
	return s, append(opened, s.Close), nil
}

// New makes the reference service over a store.
func New(s store.Store, f Reference, log *slog.Logger) (*reference.Service, error) {
	service, err := reference.New(reference.Options{
		Store: s, Work: demoWork, Bug: f.Bug, Variant: f.Variant, Log: log,
	})
	if err != nil {
		return nil, exit.Usage(fmt.Errorf(
			"%w\n  next: see `idemcheck list bugs` and `idemcheck list variants`", err))
	}
	return service, nil
}

// Start serves the reference service on a free port of loopback and returns its URL.
func Start(ctx context.Context, f Reference) (string, Closers, error) {
	if _, err := New(memory.New(), f, nil); err != nil {
		return "", nil, err
	}
	s, opened, err := OpenStore(ctx, f)
	if err != nil {
		return "", nil, err
	}
	service, err := New(s, f, nil)
	if err != nil {
		return "", nil, errors.Join(err, opened.Close())
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("listening for the demo: %w", err), opened.Close())
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- reference.Serve(serving, listener, service) }()
	opened = append(opened, func() error { stop(); return <-ended })
	return "http://" + listener.Addr().String(), opened, nil
}

// Add declares the flags that choose a reference service.
func (f *Reference) Add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.Bug, "bug", "",
		"give the reference service this seeded bug (see idemcheck list bugs)")
	flags.StringVar(&f.Variant, "variant", "",
		"make the reference service this right variant (see idemcheck list variants)")
	flags.StringVar(&f.Store, "store", "sqlite", "sqlite, memory or postgres")
	flags.StringVar(&f.DSN, "dsn", "", "the database (sqlite: a file; postgres: a connection string; "+
		"default: a temporary file, or PostgreSQL in a container)")
}
