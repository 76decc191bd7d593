package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// statements are prepared once per connection, because parsing costs more than running them.
type statements struct {
	account, charge, record, effects                     *sql.Stmt
	nextID, insertAccount, insertCharge, addRefunded     *sql.Stmt
	addBalance, insertEffect                             *sql.Stmt
	insertRecord, putRecord, deleteRecord, deleteExpired *sql.Stmt
}

const recordColumns = `scope, key, fingerprint, status, content_type, location, body,
	created_at, expires_at`

// replaceRecord continues an INSERT that met a record of the same scope and key.
const replaceRecord = ` ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
	status = excluded.status, content_type = excluded.content_type,
	location = excluded.location, body = excluded.body,
	created_at = excluded.created_at, expires_at = excluded.expires_at`

const putRecord = `INSERT INTO records (` + recordColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)` + replaceRecord

func prepare(ctx context.Context, db *sql.DB) (*statements, error) {
	s := &statements{}
	for _, one := range s.list() {
		stmt, err := db.PrepareContext(ctx, one.text)
		if err != nil {
			return nil, fmt.Errorf("preparing %q: %w", one.text, err)
		}
		*one.stmt = stmt
	}
	return s, nil
}

type statement struct {
	stmt **sql.Stmt
	text string
}

func (s *statements) list() []statement {
	return []statement{
		{&s.account, `SELECT name, currency, balance FROM accounts WHERE tenant = ? AND id = ?`},
		{&s.charge, `SELECT account, reference, amount, refunded FROM charges
			WHERE tenant = ? AND id = ?`},
		{&s.record, `SELECT ` + recordColumns + ` FROM records WHERE scope = ? AND key = ?`},
		{&s.effects, `SELECT seq, kind, key, reference, amount, at FROM effects
			WHERE tenant = ? AND account = ? AND seq > ? ORDER BY seq LIMIT ?`},
		{&s.nextID, `UPDATE ids SET last = last + 1 RETURNING last`},
		{&s.insertAccount, `INSERT INTO accounts (tenant, id, name, currency, balance)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`},
		{&s.insertCharge, `INSERT INTO charges (tenant, id, account, reference, amount, refunded)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`},
		{&s.addRefunded, `UPDATE charges SET refunded = refunded + ? WHERE tenant = ? AND id = ?`},
		{&s.addBalance, `UPDATE accounts SET balance = balance + ? WHERE tenant = ? AND id = ?`},
		{&s.insertEffect, `INSERT INTO effects (tenant, account, kind, key, reference, amount, at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`},
		{&s.insertRecord, putRecord + ` WHERE records.expires_at <= excluded.created_at`},
		{&s.putRecord, putRecord},
		{&s.deleteRecord, `DELETE FROM records WHERE scope = ? AND key = ?`},
		{&s.deleteExpired, `DELETE FROM records WHERE (scope, key) IN
			(SELECT scope, key FROM records WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`},
	}
}
