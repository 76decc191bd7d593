// Package sqlite keeps the payment service's data in one SQLite file: one writer, many readers, and
// nothing acknowledged before it is on disk.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"runtime"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/idemcheck/idemcheck/reference/store"
)

//go:embed schema.sql
var schema string

// Store is a store in one SQLite file. Make one with Open.
type Store struct {
	writer  *sql.DB // one connection: SQLite allows one writer, so a queue beats lock retries
	readers *sql.DB
	write   *statements
	read    *statements
	turn    chan struct{} // holds a token while somebody writes
}

var _ store.Store = (*Store)(nil)

// Open opens the database file, creating it and its tables when they are missing. The file uses
// write-ahead logging, and every commit waits for the disk. Several processes may share it.
func Open(ctx context.Context, path string) (*Store, error) {
	s := &Store{turn: make(chan struct{}, 1)}
	if err := s.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening SQLite database %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) (err error) {
	if s.writer, err = sql.Open("sqlite", address(path, "immediate")); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if _, err = s.writer.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("creating tables: %w", err)
	}
	if s.write, err = prepare(ctx, s.writer); err != nil {
		return err
	}
	if s.readers, err = sql.Open("sqlite", address(path, "deferred")+"&_query_only=1"); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	s.readers.SetMaxIdleConns(max(4, runtime.NumCPU()))
	s.read, err = prepare(ctx, s.readers)
	return err
}

// address waits up to 10 s for a lock that another process holds.
func address(path, lock string) string {
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	return file.String() +
		"?_busy_timeout=10000&_journal_mode=WAL&_synchronous=FULL&_txlock=" + lock
}

// Update implements store.Store. Once it is this caller's turn to write, only fn and the disk take
// time, so the context is heeded while waiting for the turn and before committing.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("waiting to write: %w", ctx.Err())
	}
	if err := ctx.Err(); err != nil { // it may have ended together with the wait
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	// A context that can end would cost a goroutine for every statement.
	work := context.WithoutCancel(ctx)
	tx, err := s.writer.BeginTx(work, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(transaction{reader{work, tx, s.write}}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	work := context.WithoutCancel(ctx)
	tx, err := s.readers.BeginTx(work, nil)
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return fn(reader{work, tx, s.read})
}

// Close implements store.Store. The file stays.
func (s *Store) Close() (err error) {
	for _, db := range []*sql.DB{s.readers, s.writer} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}
