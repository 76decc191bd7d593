// Package query reads effects and state where a database keeps them. It opens no database and
// imports no driver: both are the caller's.
package query

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/source"
)

// DefaultTimeout bounds one reading where a contract does not say how long it may take.
const DefaultTimeout = 5 * time.Second

// Vendor says what a database wants to hear besides what all of them understand.
type Vendor string

// The vendors. With Other, writing is refused as far as the driver does so for [sql.TxOptions].
const (
	Other      Vendor = ""
	PostgreSQL Vendor = "postgresql"
	MySQL      Vendor = "mysql"
	SQLite     Vendor = "sqlite"
)

// Statement reads the rows of one query, each as an item; it is an elsewhere.ItemReader. DB may be
// used by others at the same time. The DSN of the query is not looked at.
type Statement struct {
	DB     *sql.DB
	Vendor Vendor
	Query  source.Query
}

// Items implements elsewhere.ItemReader. A row is a map from the names of columns in lower case to
// texts, numbers, truth values, decoded JSON and nil. Errors say what was asked too much of the
// database, or what it answered; nothing is written, whatever the statement is.
func (s Statement) Items(ctx context.Context, vars template.Vars, each func(item any) error) error {
	args := make([]any, len(s.Query.Args))
	for i, tmpl := range s.Query.Args {
		var err error
		if args[i], err = template.Value(tmpl, vars); err != nil {
			return err
		}
	}
	return s.read(ctx, args, each)
}

// List is what [Statement.Items] hands on, as a list: what a go test gives to harness.Env.Items.
func (s Statement) List(ctx context.Context, vars map[string]any) (out []any, err error) {
	err = s.Items(ctx, vars, func(item any) error {
		out = append(out, item)
		return nil
	})
	return out, err
}

// Try reads once with NULL for every parameter, and tells what is wrong with the database or the
// statement.
func (s Statement) Try(ctx context.Context) error {
	return s.read(ctx, make([]any, len(s.Query.Args)), func(any) error { return nil })
}

// read runs the statement within its time.
func (s Statement) read(ctx context.Context, args []any, each func(any) error) error {
	limit := cmp.Or(s.Query.Timeout.Std(), DefaultTimeout)
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := s.reading(within, limit, func(tx *sql.Tx) error {
		found, err := tx.QueryContext(within, s.Query.Select, args...)
		if err != nil {
			return fmt.Errorf("asking the database: %w", err)
		}
		defer func() { _ = found.Close() }() // its error is that of Err
		err = handOn(found, each)
		if err != nil {
			cancel() // so that nobody reads what is left of the rows
		}
		return err
	})
	if err != nil && errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("the query took longer than %s (sql.timeout): %w", limit, ErrSlow)
	}
	return err
}

// ErrSlow is a reading that did not end within its time.
var ErrSlow = errors.New("the database did not answer in time")

// reading calls a function in a transaction that only reads.
func (s Statement) reading(
	ctx context.Context, limit time.Duration, read func(*sql.Tx) error,
) error {
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the others
	if begin, end := s.Vendor.refusals(); begin != "" {
		if _, err := conn.ExecContext(ctx, begin); err != nil {
			return fmt.Errorf("beginning to read: %w", err)
		}
		defer writable(ctx, conn, end)
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	if s.Vendor == PostgreSQL {
		bound := fmt.Sprintf("SET LOCAL statement_timeout = %d", max(1, limit.Milliseconds()))
		if _, err := tx.ExecContext(ctx, bound); err != nil {
			return fmt.Errorf("beginning to read: %w", err)
		}
	}
	return read(tx)
}

// refusals are the statements that make a connection refuse to write, and that let it write again,
// where a transaction that only reads does not refuse everything: SQLite knows none, and MySQL ends
// it before it changes a table. They are "" for others.
func (v Vendor) refusals() (begin, end string) {
	switch v {
	case SQLite:
		return "PRAGMA query_only = 1", "PRAGMA query_only = 0"
	case MySQL:
		return "SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"
	case PostgreSQL, Other:
	}
	return "", ""
}

// writable lets others write with a connection again; one with which that fails is used no more.
func writable(ctx context.Context, conn *sql.Conn, end string) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), DefaultTimeout)
	defer cancel()
	if _, err := conn.ExecContext(within, end); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// The most that one reading may show.
const (
	maxRows  = 50_000
	maxBytes = 64 << 20
)

// handOn hands rows on as items.
func handOn(found *sql.Rows, each func(any) error) error {
	columns, err := columnsOf(found)
	if err != nil {
		return err
	}
	n, size := 0, 0
	for found.Next() {
		if n++; n > maxRows {
			return fmt.Errorf("the query shows more than %d rows: have it select fewer, such as those "+
				"that are new", maxRows)
		}
		item, bytes, err := columns.item(found)
		if err != nil {
			return err
		}
		if size += bytes; size > maxBytes {
			return fmt.Errorf("the query shows more than %d MiB: have it select fewer columns or rows",
				maxBytes>>20)
		}
		if err := each(item); err != nil {
			return err
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("reading rows: %w", err)
	}
	return nil
}

// columns are the names and types of what a query shows.
type columns struct{ names, types []string }

// columnsOf lists the columns of a query. Two of one name are an error.
func columnsOf(found *sql.Rows) (out columns, err error) {
	all, err := found.ColumnTypes()
	if err != nil {
		return out, fmt.Errorf("reading the columns of a query: %w", err)
	}
	known := map[string]bool{}
	for _, c := range all {
		name := strings.ToLower(c.Name())
		if known[name] {
			return out, fmt.Errorf("the query shows two columns %q: give one of them another name with AS",
				name)
		}
		known[name] = true
		out.names = append(out.names, name)
		out.types = append(out.types, plainType(c.DatabaseTypeName()))
	}
	return out, nil
}

// item reads one row, and says how many bytes it had.
func (c columns) item(found *sql.Rows) (item map[string]any, size int, err error) {
	values, into := make([]any, len(c.names)), make([]any, len(c.names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := found.Scan(into...); err != nil {
		return nil, 0, fmt.Errorf("reading a row: %w", err)
	}
	item = make(map[string]any, len(values))
	for i, v := range values {
		size += width(v)
		item[c.names[i]] = field(v, c.types[i])
	}
	return item, size, nil
}
