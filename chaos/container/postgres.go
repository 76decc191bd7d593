package container

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

// DefaultPostgresImage is what an ordinary machine, which reaches a registry, pulls and starts.
const DefaultPostgresImage = "postgres:17-alpine"

// ImageVariable names the environment variable that replaces [DefaultPostgresImage], for machines
// that have another image or reach no registry.
const ImageVariable = "IDEMCHECK_POSTGRES_IMAGE"

// PostgresOptions says which PostgreSQL to start. The zero value is ready to use.
type PostgresOptions struct {
	// Image understands POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the official image
	// does. It is pulled unless it is there. Empty means what [ImageVariable] says, and where
	// that is empty too, [DefaultPostgresImage].
	Image string

	// ReadyWithin bounds the time from the start of the container to its first answer. Pulling
	// the image does not count. Zero means one minute.
	ReadyWithin time.Duration
}

func (o PostgresOptions) withDefaults() PostgresOptions {
	o.Image = cmp.Or(o.Image, os.Getenv(ImageVariable), DefaultPostgresImage)
	o.ReadyWithin = cmp.Or(o.ReadyWithin, time.Minute)
	return o
}

// Postgres is a PostgreSQL server in a container of its own, with one empty database.
type Postgres struct {
	// DSN is the database's address for pgx and libpq, as a URL with a password. The server
	// listens on 127.0.0.1 where the Docker daemon is on this machine, and otherwise on the
	// daemon's host. The port is another at each start.
	DSN string

	container *postgres.PostgresContainer
	mu        sync.Mutex // held while stopping, so that each Stop returns after the removal
	stopped   bool
}

// StartPostgres starts a PostgreSQL server in a container and returns when it has answered its
// first query. Its data is not flushed to disk, which survives a killed server but not a killed
// machine.
//
// The container lives until Stop, or until ctx ends, which removes it in the background: call
// Stop even then, since it waits for the removal. After an error nothing is left running. Without
// a Docker daemon the error is [ErrNoDocker].
func StartPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	silence()
	p, err := startPostgres(ctx, opts.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL in a container: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = p.Stop(ctx) })
	return p, nil
}

func startPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	host, err := dockerHost(ctx)
	if err != nil {
		return nil, err
	}
	s := server{name: "idemcheck-postgres-" + rand.Text(), host: host, password: rand.Text()}
	c, err := postgres.Run(ctx, opts.Image, s.customizers()...)
	if err != nil {
		return nil, abandoned(ctx, abandonment{opts.Image, s.name, c, err})
	}
	dsn, err := started{s, c, opts.ReadyWithin}.dsnWhenReady(ctx)
	if err != nil {
		return nil, abandoned(ctx, abandonment{opts.Image, s.name, c, err})
	}
	return &Postgres{DSN: dsn, container: c}, nil
}

// Stop kills the server and removes its container and its data. It does so even if ctx has ended,
// because a container that is left behind is worse than a second of delay; it gives up after half
// a minute. Once it has succeeded, further calls do nothing and return nil.
func (p *Postgres) Stop(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil
	}
	if err := remove(ctx, p.container); err != nil {
		return fmt.Errorf("removing the PostgreSQL container: %w", err)
	}
	p.stopped = true
	return nil
}
