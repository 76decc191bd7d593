package postgres

import (
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/rows"
	"github.com/idemcheck/idemcheck/reference/store"
)

type transaction struct{ reader }

const putRecord = `INSERT INTO records (` + recordColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
	status = excluded.status, content_type = excluded.content_type,
	location = excluded.location, body = excluded.body,
	created_at = excluded.created_at, expires_at = excluded.expires_at`

// NextID takes the number from a sequence, which no rollback takes back: ids may have gaps.
func (t transaction) NextID(prefix string) (string, error) {
	var next int64
	err := t.tx.QueryRow(t.ctx, `SELECT nextval('ids')`).Scan(&next)
	return prefix + strconv.FormatInt(next, 10), failure("making an id", err)
}

func (t transaction) InsertAccount(a store.Account) error {
	n, err := t.exec(`INSERT INTO accounts (tenant, id, name, currency, balance)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		a.Tenant, a.ID, a.Name, a.Currency, a.Balance)
	return rows.Inserted("account "+a.ID, n, err)
}

func (t transaction) InsertCharge(c store.Charge) error {
	n, err := t.exec(`INSERT INTO charges (tenant, id, account, reference, amount, refunded)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		c.Tenant, c.ID, c.Account, c.Reference, c.Amount, c.Refunded)
	return rows.Inserted("charge "+c.ID, n, err)
}

func (t transaction) AddRefunded(tenant, id string, amount int64) error {
	n, err := t.exec(`UPDATE charges SET refunded = refunded + $1 WHERE tenant = $2 AND id = $3`,
		amount, tenant, id)
	return rows.Updated("charge "+id, n, err)
}

func (t transaction) AddBalance(tenant, id string, delta int64) error {
	n, err := t.exec(`UPDATE accounts SET balance = balance + $1 WHERE tenant = $2 AND id = $3`,
		delta, tenant, id)
	return rows.Updated("account "+id, n, err)
}

// Post changes the balance even by zero: the row lock that it takes makes one account's effects get
// their sequence numbers in the order in which they become visible.
func (t transaction) Post(e store.LedgerEntry, delta int64) error {
	if err := t.AddBalance(e.Tenant, e.Account, delta); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO effects (tenant, account, kind, key, reference, amount, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.Tenant, e.Account, e.Kind, e.Key, e.Reference, e.Amount, e.At.UnixNano())
	return failure("inserting an effect", err)
}

func (t transaction) InsertRecord(r store.Record) error {
	n, err := t.exec(putRecord+` WHERE records.expires_at <= excluded.created_at`,
		rows.Values(r)...)
	return rows.Inserted("the record of a key", n, err)
}

func (t transaction) PutRecord(r store.Record) error {
	_, err := t.exec(putRecord, rows.Values(r)...)
	return failure("writing the record of a key", err)
}

func (t transaction) DeleteRecord(scope, key string) error {
	_, err := t.exec(`DELETE FROM records WHERE scope = $1 AND key = $2`, scope, key)
	return failure("deleting the record of a key", err)
}

// DeleteExpired skips records that another transaction holds: whoever holds them will sweep them.
func (t transaction) DeleteExpired(now time.Time, limit int) error {
	_, err := t.exec(`DELETE FROM records WHERE (scope, key) IN (SELECT scope, key FROM records
		WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
		now.UnixNano(), limit)
	return failure("deleting expired records", err)
}

func (t transaction) exec(text string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(t.ctx, text, args...)
	return tag.RowsAffected(), err
}
