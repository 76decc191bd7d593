// Package postgres keeps the payment service's data in PostgreSQL, so that several instances of the
// service can work over one database.
package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/idemcheck/idemcheck/reference/store"
)

//go:embed schema.sql
var schema string

// schemaLock is the advisory lock under which tables are made: "IF NOT EXISTS" alone fails when two
// instances start at once. The number is arbitrary.
const schemaLock = 7205861

// maxTries bounds how often a transaction that PostgreSQL gave up for another one begins again.
const maxTries = 10

// Store is a store in PostgreSQL. Make one with Open.
type Store struct{ pool *pgxpool.Pool }

var _ store.Store = (*Store)(nil)

// Open connects to the database that the connection string names (URL or key=value, as libpq takes
// it) and makes the tables that are missing in the connection's schema.
func Open(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("reading the PostgreSQL connection string: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	if err := createTables(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("creating tables in PostgreSQL: %w", err)
	}
	return &Store{pool}, nil
}

func createTables(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, schemaLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schema)
		return err
	})
}

// Update implements store.Store. When PostgreSQL gives up the transaction because of a deadlock or
// a conflict with another one, fn runs again in a new transaction.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return fn(transaction{reader{ctx: ctx, tx: tx, lock: " FOR UPDATE"}})
		})
		if err == nil || try == maxTries || !gaveUp(err) {
			return err
		}
	}
}

// gaveUp recognises "serialization failure" and "deadlock detected": nothing was committed.
func gaveUp(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "40001" || refused.Code == "40P01")
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		return fn(reader{ctx: ctx, tx: tx})
	})
}

// Close implements store.Store. It waits for the transactions that are under way.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}
