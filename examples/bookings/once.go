package bookings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// attempt is an order with the key that it came with.
type attempt struct {
	key, fingerprint string
	order
}

// once books, or finds what was answered before. The context is the client's: when the client
// leaves, or the process dies, the transaction is rolled back, and that is as if the attempt had
// never been made.
func (s *service) once(ctx context.Context, at attempt) (answer, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return answer{}, fmt.Errorf("beginning: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if a, err := replay(ctx, tx, at); !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	select {
	case <-time.After(s.options.Hold):
	case <-ctx.Done():
		return answer{}, fmt.Errorf("holding seats: %w", ctx.Err())
	}
	a, err := reserve(ctx, tx, at)
	if err != nil {
		return answer{}, err
	}
	if s.options.KeyLast {
		return a, s.keepLast(ctx, tx, at, a)
	}
	s.options.Point("seats-taken")
	if err := keep(ctx, tx, at, a); err != nil {
		return answer{}, err
	}
	if err := tx.Commit(); err != nil {
		return answer{}, fmt.Errorf("committing: %w", err)
	}
	s.options.Point("committed")
	return a, nil
}

// keepLast is the mistake: between the two commits the seats are taken and nobody knows the key.
func (s *service) keepLast(ctx context.Context, tx *sql.Tx, at attempt, a answer) error {
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	s.options.Point("seats-taken")
	if err := keep(ctx, s.db, at, a); err != nil {
		return err
	}
	s.options.Point("committed")
	return nil
}

// replay returns the stored answer, or sql.ErrNoRows for a key that nobody used before.
func replay(ctx context.Context, tx *sql.Tx, at attempt) (answer, error) {
	var a answer
	var of string
	err := tx.QueryRowContext(ctx, `SELECT fingerprint, status, body FROM answers WHERE key = ?`,
		at.key).Scan(&of, &a.status, &a.body)
	if err == nil && of != at.fingerprint {
		return problem(http.StatusUnprocessableEntity, "this key came with another order"), nil
	}
	return a, err
}

// reserve takes the seats. A refusal is an answer too, and kept like one.
func reserve(ctx context.Context, tx *sql.Tx, at attempt) (answer, error) {
	var left int
	err := tx.QueryRowContext(ctx, `SELECT seats_left FROM shows WHERE id = ?`, at.Show).Scan(&left)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return problem(http.StatusNotFound, "there is no such show"), nil
	case err != nil:
		return answer{}, fmt.Errorf("reading the show: %w", err)
	case left < at.Seats:
		return problem(http.StatusConflict, "not enough seats are left"), nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE shows SET seats_left = seats_left - ? WHERE id = ?`,
		at.Seats, at.Show)
	if err != nil {
		return answer{}, fmt.Errorf("taking seats: %w", err)
	}
	b := booked{order: at.order, Key: at.key}
	err = tx.QueryRowContext(ctx, `INSERT INTO bookings (show, seats, guest, key)
		VALUES (?, ?, ?, ?) RETURNING id`, at.Show, at.Seats, at.Guest, at.key).Scan(&b.ID)
	if err != nil {
		return answer{}, fmt.Errorf("booking: %w", err)
	}
	return encode(http.StatusCreated, struct {
		booked
		Left int `json:"left"`
	}{b, left - at.Seats}), nil
}

// execer is a transaction, or the database itself.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// keep stores the answer of a key.
func keep(ctx context.Context, in execer, at attempt, a answer) error {
	_, err := in.ExecContext(ctx, `INSERT INTO answers VALUES (?, ?, ?, ?)`,
		at.key, at.fingerprint, a.status, a.body)
	if err != nil {
		return fmt.Errorf("keeping the answer: %w", err)
	}
	return nil
}
