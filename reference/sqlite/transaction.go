package sqlite

import (
	"database/sql"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/rows"
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
	return rows.Inserted("account "+a.ID, n, err)
}

func (t transaction) InsertCharge(c store.Charge) error {
	n, err := t.exec(t.sql.insertCharge,
		c.Tenant, c.ID, c.Account, c.Reference, c.Amount, c.Refunded)
	return rows.Inserted("charge "+c.ID, n, err)
}

func (t transaction) AddRefunded(tenant, id string, amount int64) error {
	n, err := t.exec(t.sql.addRefunded, amount, tenant, id)
	return rows.Updated("charge "+id, n, err)
}

func (t transaction) AddBalance(tenant, id string, delta int64) error {
	n, err := t.exec(t.sql.addBalance, delta, tenant, id)
	return rows.Updated("account "+id, n, err)
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
	n, err := t.exec(t.sql.insertRecord, rows.Values(r)...)
	return rows.Inserted("the record of a key", n, err)
}

func (t transaction) PutRecord(r store.Record) error {
	_, err := t.exec(t.sql.putRecord, rows.Values(r)...)
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
