package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/rows"
	"github.com/idemcheck/idemcheck/reference/store"
)

type reader struct {
	ctx context.Context
	tx  *sql.Tx
	sql *statements
}

func (r reader) one(stmt *sql.Stmt, args ...any) *sql.Row {
	return r.tx.StmtContext(r.ctx, stmt).QueryRowContext(r.ctx, args...)
}

func (r reader) Account(tenant, id string) (store.Account, error) {
	a := store.Account{Tenant: tenant, ID: id}
	err := r.one(r.sql.account, tenant, id).Scan(&a.Name, &a.Currency, &a.Balance)
	return a, failure("reading account "+id, err)
}

func (r reader) Charge(tenant, id string) (store.Charge, error) {
	c := store.Charge{Tenant: tenant, ID: id}
	err := r.one(r.sql.charge, tenant, id).Scan(&c.Account, &c.Reference, &c.Amount, &c.Refunded)
	return c, failure("reading charge "+id, err)
}

func (r reader) Record(scope, key string) (store.Record, error) {
	var (
		record           store.Record
		created, expires int64
	)
	err := r.one(r.sql.record, scope, key).Scan(&record.Scope, &record.Key, &record.Fingerprint,
		&record.Status, &record.ContentType, &record.Location, &record.Body, &created, &expires)
	record.CreatedAt, record.ExpiresAt = time.Unix(0, created), time.Unix(0, expires)
	return record, failure("reading the record of a key", err)
}

func (r reader) Effects(q store.EffectQuery) ([]store.LedgerEntry, error) {
	limit := q.Limit
	if limit == 0 {
		limit = -1 // SQLite's way to say all
	}
	rows, err := r.tx.StmtContext(r.ctx, r.sql.effects).
		QueryContext(r.ctx, q.Tenant, q.Account, q.After, limit)
	if err != nil {
		return nil, failure("listing effects", err)
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var effects []store.LedgerEntry
	for rows.Next() {
		e := store.LedgerEntry{Tenant: q.Tenant, Account: q.Account}
		var at int64
		if err := rows.Scan(&e.Seq, &e.Kind, &e.Key, &e.Reference, &e.Amount, &at); err != nil {
			return nil, failure("listing effects", err)
		}
		e.At = time.Unix(0, at)
		effects = append(effects, e)
	}
	return effects, failure("listing effects", rows.Err())
}

// failure says what was being done, and calls a missing row what the store calls it.
func failure(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return rows.Failed(doing, err)
}
