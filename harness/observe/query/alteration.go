package query

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/source"
)

// Alteration runs one statement that writes. DB may be used by others at the same time. The DSN of
// the update is not looked at.
type Alteration struct {
	DB     *sql.DB
	Update source.Update
}

// Run runs the statement with some values, and returns how many rows it changed.
func (a Alteration) Run(ctx context.Context, vars template.Vars) (rows int64, err error) {
	args := make([]any, len(a.Update.Args))
	for i, tmpl := range a.Update.Args {
		if args[i], err = template.Value(tmpl, vars); err != nil {
			return 0, err
		}
	}
	err = a.within(ctx, func(ctx context.Context) error {
		done, err := a.DB.ExecContext(ctx, a.Update.Update, args...)
		if err != nil {
			return fmt.Errorf("writing to the database: %w", err)
		}
		rows, err = done.RowsAffected()
		return err
	})
	return rows, err
}

// Try runs it with NULL for every parameter in a transaction that is rolled back, and tells what is
// wrong with the database or the statement. One that changes rows without a key is an error.
func (a Alteration) Try(ctx context.Context) error {
	return a.within(ctx, func(ctx context.Context) error {
		tx, err := a.DB.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("beginning to write: %w", err)
		}
		defer func() { _ = tx.Rollback() }() // nothing of it stays
		done, err := tx.ExecContext(ctx, a.Update.Update, make([]any, len(a.Update.Args))...)
		if err != nil {
			return fmt.Errorf("writing to the database: %w", err)
		}
		if n, err := done.RowsAffected(); err == nil && n > 0 {
			return fmt.Errorf("%w: it changed %d", ErrTooMuch, n)
		}
		return nil
	})
}

// ErrTooMuch is a statement that writes to rows of nobody's key.
var ErrTooMuch = errors.New("the statement changes rows whatever the key is")

// within calls a function with a context of its time.
func (a Alteration) within(ctx context.Context, do func(context.Context) error) error {
	limit := cmp.Or(a.Update.Timeout.Std(), DefaultTimeout)
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(bounded)
	if err != nil && errors.Is(bounded.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("the statement took longer than %s (sql.timeout): %w", limit, ErrSlow)
	}
	return err
}
