package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/idemcheck/idemcheck/reference/internal/rows"
	"github.com/idemcheck/idemcheck/reference/store"
)

const recordColumns = `scope, key, fingerprint, status, content_type, location, body,
	created_at, expires_at`

type reader struct {
	ctx  context.Context
	tx   pgx.Tx
	lock string // what a SELECT of one row ends with, so that a row to be written stays as read
}

func (r reader) Account(tenant, id string) (store.Account, error) {
	a := store.Account{Tenant: tenant, ID: id}
	err := r.tx.QueryRow(r.ctx, `SELECT name, currency, balance FROM accounts
		WHERE tenant = $1 AND id = $2`+r.lock, tenant, id).Scan(&a.Name, &a.Currency, &a.Balance)
	return a, failure("reading account "+id, err)
}

func (r reader) Charge(tenant, id string) (store.Charge, error) {
	c := store.Charge{Tenant: tenant, ID: id}
	err := r.tx.QueryRow(r.ctx, `SELECT account, reference, amount, refunded FROM charges
		WHERE tenant = $1 AND id = $2`+r.lock, tenant, id).
		Scan(&c.Account, &c.Reference, &c.Amount, &c.Refunded)
	return c, failure("reading charge "+id, err)
}

func (r reader) Record(scope, key string) (store.Record, error) {
	var (
		record           store.Record
		created, expires int64
	)
	err := r.tx.QueryRow(r.ctx, `SELECT `+recordColumns+` FROM records
		WHERE scope = $1 AND key = $2`, scope, key).Scan(&record.Scope, &record.Key,
		&record.Fingerprint, &record.Status, &record.ContentType, &record.Location, &record.Body,
		&created, &expires)
	record.CreatedAt, record.ExpiresAt = time.Unix(0, created), time.Unix(0, expires)
	return record, failure("reading the record of a key", err)
}

func (r reader) Effects(q store.EffectQuery) ([]store.LedgerEntry, error) {
	var limit *int // NULL is PostgreSQL's way to say all
	if q.Limit > 0 {
		limit = &q.Limit
	}
	rows, err := r.tx.Query(r.ctx, `SELECT seq, kind, key, reference, amount, at FROM effects
		WHERE tenant = $1 AND account = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
		q.Tenant, q.Account, q.After, limit)
	if err != nil {
		return nil, failure("listing effects", err)
	}
	effects, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.LedgerEntry, error) {
		e := store.LedgerEntry{Tenant: q.Tenant, Account: q.Account}
		var at int64
		err := row.Scan(&e.Seq, &e.Kind, &e.Key, &e.Reference, &e.Amount, &at)
		e.At = time.Unix(0, at)
		return e, err
	})
	return effects, failure("listing effects", err)
}

// notText is the code for bytes that are no text: nothing can be kept under such an identity.
const notText = "22021"

// failure says what was being done, and calls a missing row what the store calls it.
func failure(doing string, err error) error {
	var refused *pgconn.PgError
	if errors.Is(err, pgx.ErrNoRows) || errors.As(err, &refused) && refused.Code == notText {
		return store.ErrNotFound
	}
	return rows.Failed(doing, err)
}
