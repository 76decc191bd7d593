package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/container"
	"github.com/idemcheck/idemcheck/chaos/external"
	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/contract"
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

// referenceFlags say which reference service to start.
type referenceFlags struct {
	bug, variant, store, dsn string
}

// promised is the contract of that service: of its variant, or of the variant that its bug breaks.
func (f *referenceFlags) promised() (*model.Contract, error) {
	variant := f.variant
	for _, b := range reference.Bugs() {
		if b.Name == f.bug {
			variant = b.Variant
		}
	}
	return subject.Contract(variant)
}

// closers are things to close, last opened first.
type closers []func() error

// close closes everything and returns all errors.
func (c closers) close() error {
	var all error
	for _, f := range slices.Backward(c) {
		all = errors.Join(all, f())
	}
	return all
}

// openStore opens the store of the reference service.
func openStore(ctx context.Context, f referenceFlags) (store.Store, closers, error) {
	switch f.store {
	case "memory":
		s := memory.New()
		return s, closers{s.Close}, nil
	case "sqlite":
		return openSQLite(ctx, f.dsn)
	case "postgres":
		return openPostgres(ctx, f.dsn)
	}
	return nil, nil, usageError{fmt.Errorf("--store %q is none of sqlite, memory, postgres", f.store)}
}

// openSQLite opens a database file, or a temporary one that goes away with the run.
func openSQLite(ctx context.Context, path string) (store.Store, closers, error) {
	var opened closers
	if path == "" {
		dir, release, err := temporary()
		if err != nil {
			return nil, nil, fmt.Errorf("making a folder for the demo's database: %w", err)
		}
		opened = append(opened, release)
		path = filepath.Join(dir, "payments.db")
	}
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		err = fmt.Errorf("%w\n  next: give --dsn a file in a folder that exists and can be written", err)
		return nil, nil, errors.Join(err, opened.close())
	}
	return s, append(opened, s.Close), nil
}

// openPostgres connects to a database, or starts one in a container.
func openPostgres(ctx context.Context, dsn string) (store.Store, closers, error) {
	var opened closers
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
		return nil, nil, errors.Join(err, opened.close())
	}
	return s, append(opened, s.Close), nil
}

// newReference makes the reference service over a store.
func newReference(
	s store.Store, f referenceFlags, log *slog.Logger,
) (*reference.Service, error) {
	service, err := reference.New(reference.Options{
		Store: s, Work: demoWork, Bug: f.bug, Variant: f.variant, Log: log,
	})
	if err != nil {
		return nil, usageError{fmt.Errorf(
			"%w\n  next: see `idemcheck list bugs` and `idemcheck list variants`", err)}
	}
	return service, nil
}

// startReference serves the reference service on a free port of loopback and returns its URL.
func startReference(ctx context.Context, f referenceFlags) (string, closers, error) {
	if _, err := newReference(memory.New(), f, nil); err != nil {
		return "", nil, err
	}
	s, opened, err := openStore(ctx, f)
	if err != nil {
		return "", nil, err
	}
	service, err := newReference(s, f, nil)
	if err != nil {
		return "", nil, errors.Join(err, opened.close())
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("listening for the demo: %w", err), opened.close())
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- reference.Serve(serving, listener, service) }()
	opened = append(opened, func() error { stop(); return <-ended })
	return "http://" + listener.Addr().String(), opened, nil
}

// target is a service that can be sent to.
type target struct {
	// contract has its environment references resolved: it must not be saved.
	contract *model.Contract
	world    chaos.World
	http     http.RoundTripper
	opened   closers
}

// openTarget makes the world of a contract's target.
func (a *app) openTarget(
	ctx context.Context, c *model.Contract, f *runFlags,
) (*target, error) {
	if err := contract.Check(c); err != nil {
		return nil, err
	}
	resolved, err := contract.Resolve(c, a.env)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(resolved.Target.URL)
	if err != nil {
		return nil, usageError{fmt.Errorf("reading the target's URL: %w", err)}
	}
	gate := guard.New(guard.Options{Allow: f.allowHost})
	if err := admit(ctx, gate, base.Hostname(), "target.url or --target"); err != nil {
		return nil, err
	}
	if err := admitProxies(ctx, gate, f.toxiproxy); err != nil {
		return nil, err
	}
	a.sweep(f.toxiproxy, gate)
	world, closeWorld, err := newWorld(gate, resolved.Target.URL, f)
	if err != nil {
		return nil, err
	}
	transport := gate.Transport()
	t := &target{contract: resolved, world: world, http: transport}
	t.opened = closers{closeWorld, func() error { transport.CloseIdleConnections(); return nil }}
	return t, nil
}

// admitProxies lets a Toxiproxy server be reached, if there is one.
func admitProxies(ctx context.Context, gate *guard.Guard, toxiproxy string) error {
	if toxiproxy == "" {
		return nil
	}
	host, err := external.Host(toxiproxy)
	if err != nil {
		return usageError{fmt.Errorf("%w\n  next: correct --toxiproxy", err)}
	}
	return admit(ctx, gate, host, "--toxiproxy")
}

// newWorld makes the embedded world, or the one of an external Toxiproxy server, and says how to
// close it.
func newWorld(
	gate *guard.Guard, target string, f *runFlags,
) (chaos.World, func() error, error) {
	if f.toxiproxy == "" {
		w, err := wire.New(wire.Options{URL: target, Abort: f.own, Dial: gate.DialContext})
		if err != nil {
			return nil, nil, err
		}
		return w, w.Close, nil
	}
	run, err := lease.Take(os.TempDir(), f.toxiproxy)
	if err != nil {
		return nil, nil, fmt.Errorf("naming the proxies of this run: %w", err)
	}
	options := external.Options{
		URL: target, API: f.toxiproxy, Advertise: f.reach, Run: run.Name, Dial: gate.DialContext,
	}
	if f.reach != "" {
		options.Listen = "0.0.0.0"
	}
	w, err := external.New(options)
	if err != nil {
		err = fmt.Errorf("%w\n  next: start the Toxiproxy server, or correct --toxiproxy", err)
		return nil, nil, errors.Join(err, run.Release())
	}
	return w, func() error {
		if err := w.Close(); err != nil {
			return err // the lock file stays, so that a later run with this server cleans up
		}
		return run.Release()
	}, nil
}

// admit lets a host be reached. One that is neither loopback nor private is a mistake of the user,
// unless it was allowed; named says where it was named.
func admit(ctx context.Context, gate *guard.Guard, host, named string) error {
	err := gate.Admit(ctx, host)
	if refused, ok := errors.AsType[*guard.RefusedError](err); ok {
		return usageError{fmt.Errorf("%w, and idemcheck sends requests that change things\n"+
			"  next: if it is yours to change, add --allow-host %s", err, refused.Allow)}
	}
	if err != nil {
		return fmt.Errorf("%w\n  next: correct %s", err, named)
	}
	return nil
}

// unusedProxies says which proxies of the environment are not used; "" where there are none, or
// where nobody would expect it.
func (s *session) unusedProxies() string {
	var named []string
	for _, name := range guard.ProxyVariables() {
		if value, set := s.env(name); set && value != "" {
			named = append(named, name)
		}
	}
	if len(named) == 0 || s.flags.own {
		return ""
	}
	return fmt.Sprintf("proxies are not used, though the environment has %s: "+
		"what is sent goes to the target itself", strings.Join(named, ", "))
}
