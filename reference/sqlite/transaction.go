package sqlite

import (
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

type transaction struct{ reader }

func (t transaction) NextID(prefix string) (string, error) {
	var last int64
	err := t.one(t.sql.nextID).Scan(&last)
	return prefix + strconv.FormatInt(last, 10), failure("making an id", err)
}

func (t transaction) InsertAccount(a store.Account) error {
	n, err := t.exec(t.sql.insertAccount, a.Tenant, a.ID, a.Name, a.Currency, a.Balance)
	return inserted("account "+a.ID, n, err)
}

func (t transaction) InsertCharge(c store.Charge) error {
	n, err := t.exec(t.sql.insertCharge,
		c.Tenant, c.ID, c.Account, c.Reference, c.Amount, c.Refunded)
	return inserted("charge "+c.ID, n, err)
}

func (t transaction) AddRefunded(tenant, id string, amount int64) error {
	n, err := t.exec(t.sql.addRefunded, amount, tenant, id)
	return updated("charge "+id, n, err)
}

func (t transaction) AddBalance(tenant, id string, delta int64) error {
	n, err := t.exec(t.sql.addBalance, delta, tenant, id)
	return updated("account "+id, n, err)
}

func (t transaction) Post(e store.LedgerEntry, delta int64) error {
	// Also with a delta of zero: it shows whether the account exists.
	if err := t.AddBalance(e.Tenant, e.Account, delta); err != nil {
		return err
	}
	_, err := t.exec(t.sql.insertEffect,
		e.Tenant, e.Account, e.Kind, e.Key, e.Reference, e.Amount, e.At.UnixNano())
	return failure("inserting an effect", err)
}

func (t transaction) InsertRecord(r store.Record) error {
	n, err := t.exec(t.sql.insertRecord, recordValues(r)...)
	return inserted("the record of a key", n, err)
}

func (t transaction) PutRecord(r store.Record) error {
	_, err := t.exec(t.sql.putRecord, recordValues(r)...)
	return failure("writing the record of a key", err)
}

func (t transaction) DeleteRecord(scope, key string) error {
	_, err := t.exec(t.sql.deleteRecord, scope, key)
	return failure("deleting the record of a key", err)
}

func (t transaction) DeleteExpired(now time.Time, limit int) error {
	_, err := t.exec(t.sql.deleteExpired, now.UnixNano(), limit)
	return failure("deleting expired records", err)
}

func (t transaction) exec(stmt *sql.Stmt, args ...any) (int64, error) {
	result, err := t.tx.StmtContext(t.ctx, stmt).ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func recordValues(r store.Record) []any {
	body := r.Body
	if body == nil {
		body = []byte{} // nil would be NULL
	}
	return []any{
		r.Scope, r.Key, r.Fingerprint, r.Status, r.ContentType, r.Location, body,
		r.CreatedAt.UnixNano(), r.ExpiresAt.UnixNano(),
	}
}

func inserted(what string, rows int64, err error) error {
	if err != nil {
		return fmt.Errorf("inserting %s: %w", what, err)
	}
	if rows == 0 {
		return store.ErrExists
	}
	return nil
}

func updated(what string, rows int64, err error) error {
	if err != nil {
		return fmt.Errorf("updating %s: %w", what, err)
	}
	if rows == 0 {
		return store.ErrNotFound
	}
	return nil
}
