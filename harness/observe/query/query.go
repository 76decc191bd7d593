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
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
)

// DefaultTimeout bounds one reading where a contract does not say how long it may take.
const DefaultTimeout = 5 * time.Second

// Vendor says what a database wants to hear besides what all of them understand.
type Vendor string

// The vendors. With Other, writing is refused as far as START TRANSACTION READ ONLY does so.
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
	err := s.reading(within, limit, func(conn *sql.Conn) error {
		found, err := conn.QueryContext(within, s.Query.Select, args...)
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
	over := errors.Is(within.Err(), context.DeadlineExceeded) || s.Vendor.locked(err)
	if err != nil && over && ctx.Err() == nil {
		return &elsewhere.SlowError{
			Line:  "sql.timeout",
			Cause: fmt.Errorf("the query took longer than %s (sql.timeout): %w", limit, ErrSlow),
		}
	}
	return err
}

// ErrSlow is a reading that did not end within its time.
var ErrSlow = errors.New("the database did not answer in time")

// locked reports whether a database waited in vain for somebody who writes, for as long as a
// reading may take.
func (v Vendor) locked(err error) bool {
	const busy, base = 5, 0xff
	of, is := errors.AsType[interface {
		error
		Code() int
	}](err)
	return v == SQLite && is && of.Code()&base == busy
}

// reading calls a function with a connection in a transaction that only reads. The transaction is
// begun and ended by statements: Rollback of [sql.Tx] would wait for ever where a server hangs.
func (s Statement) reading(
	ctx context.Context, limit time.Duration, read func(*sql.Conn) error,
) error {
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the others
	begin, end := s.Vendor.transaction(limit)
	defer func() {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(limit, time.Second))
		defer cancel()
		if execute(within, conn, end) != nil { // then it is used no more
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}()
	if err := execute(ctx, conn, begin); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	return read(conn)
}

// execute runs statements one after the other.
func execute(ctx context.Context, conn *sql.Conn, statements []string) error {
	for _, text := range statements {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// transaction are the statements around one reading. SQLite knows no transaction that only reads,
// and MariaDB ends it before it drops a table: there the connection itself refuses to write.
func (v Vendor) transaction(limit time.Duration) (begin, end []string) {
	switch v {
	case SQLite:
		wait := fmt.Sprintf("PRAGMA busy_timeout = %d", max(1, limit.Milliseconds()))
		return []string{wait, "PRAGMA query_only = 1", "BEGIN"},
			[]string{"ROLLBACK", "PRAGMA query_only = 0"}
	case MySQL:
		return []string{"SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"},
			[]string{"ROLLBACK", "SET SESSION TRANSACTION READ WRITE"}
	case PostgreSQL:
		bound := fmt.Sprintf("SET LOCAL statement_timeout = %d", max(1, limit.Milliseconds()))
		return []string{"START TRANSACTION READ ONLY", bound}, []string{"ROLLBACK"}
	case Other:
	}
	return []string{"START TRANSACTION READ ONLY"}, []string{"ROLLBACK"}
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
