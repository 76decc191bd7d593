package origins

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/query"
)

// maxConnections is how many connections to one database are open at most.
const maxConnections = 8

// database is one that was opened.
type database struct {
	db     *sql.DB
	vendor query.Vendor
}

// openSQL opens the database of a place, or takes the one that was opened for another place, and
// tries the statement.
func openSQL(ctx context.Context, o *Opened, p place) (elsewhere.ItemReader, error) {
	q, line := *p.origin.SQL, p.line+".sql"
	d, known := o.databases[q.DSN]
	if !known {
		var err error
		if d, err = connect(ctx, o.way, named{q.DSN, line + ".dsn", toRead}); err != nil {
			return nil, err
		}
		o.databases[q.DSN] = d
		o.closers = append(o.closers, d.db.Close)
	}
	r := sqlReader{query.Statement{DB: d.db, Vendor: d.vendor, Query: q}}
	if err := r.Try(ctx); err != nil {
		return nil, advised(err, lines{line, line + ".dsn", line + ".select", line + ".timeout"})
	}
	return r, nil
}

// sqlReader reads a query; its errors name neither user nor place of the database.
type sqlReader struct{ query.Statement }

// Items implements [elsewhere.ItemReader].
func (r sqlReader) Items(ctx context.Context, vars template.Vars, each func(item any) error) error {
	return discreet(r.Statement.Items(ctx, vars, each), r.Query.DSN)
}

// Try reads once.
func (r sqlReader) Try(ctx context.Context) error {
	return discreet(r.Statement.Try(ctx), r.Query.DSN)
}

// named is a database as a line of a contract names it, and what is done there.
type named struct {
	dsn, line string
	mode      fileMode
}

// pooled is a database with few connections.
func pooled(db *sql.DB, vendor query.Vendor) database {
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(time.Minute)
	return database{db, vendor}
}

// connect makes the pool of a database; nothing is sent yet.
func connect(ctx context.Context, way Access, n named) (database, error) {
	dsn, line := n.dsn, n.line
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "postgres", "postgresql":
		return connectPostgres(ctx, way, dsn, line)
	case "mysql", "mariadb":
		return connectMySQL(ctx, way, dsn, line)
	case "sqlite", "sqlite3", "file":
		return connectSQLite(rest, line, n.mode)
	}
	if strings.Contains(dsn, "tcp(") || strings.Contains(dsn, "unix(") {
		return connectMySQL(ctx, way, dsn, line)
	}
	return database{}, unreadable(line)
}

// unreadable is a DSN that says nothing. It is not shown: it may be a secret.
func unreadable(line string) error {
	return exit.Usage(fmt.Errorf("%s names no database that idemcheck reads\n  next: write it as "+
		"postgres://USER:PASSWORD@HOST/DATABASE, mysql://USER:PASSWORD@HOST/DATABASE or sqlite:FILE",
		line))
}

// failure is an error of a database as it is shown; of a mistake of the user wrong says what is to
// be mended.
type failure struct {
	text  string
	wrong wrong
	cause error
}

// Error says what the database answered.
func (e *failure) Error() string { return e.text }

// Unwrap returns the cause.
func (e *failure) Unwrap() error { return e.cause }

// lines are where a statement is written: as a whole, and what of it may be wrong.
type lines struct{ whole, dsn, statement, timeout string }

// wrong is what of a statement is to be mended.
type wrong int

const (
	nothing wrong = iota
	inDSN
	inStatement
)

// discreet is an error of a statement without user, password and address.
func discreet(err error, dsn string) error {
	if err == nil || errors.Is(err, query.ErrSlow) || errors.Is(err, context.Canceled) {
		return err
	}
	var refused *guard.RefusedError
	var of *pgconn.PgError
	var my *mysql.MySQLError
	var lite *sqlite.Error
	var broken *net.OpError
	var unconnected *pgconn.ConnectError
	out := &failure{text: err.Error(), cause: err}
	switch {
	case errors.As(err, &refused):
	case errors.Is(err, query.ErrTooMuch):
		out.wrong = inStatement
	case errors.As(err, &of):
		out.text, out.wrong = answered(of.Message, of.Code, refusedBy(of.Code))
	case errors.As(err, &my):
		out.text, out.wrong = answered(my.Message, fmt.Sprint(my.Number), deniedBy(my.Number))
	case errors.As(err, &lite):
		out.wrong = fileOrStatement(lite.Code())
	case errors.As(err, &broken):
		out.text = "the connection to the database failed: " + broken.Err.Error()
	case errors.As(err, &unconnected), errors.Is(err, mysql.ErrInvalidConn),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF):
		out.text = "the connection to the database failed"
	}
	out.text = strings.ReplaceAll(out.text, dsn, "<redacted>")
	return out
}

// answered is what a server said of a statement, or why it lets nobody in, and what is wrong.
func answered(message, code, denied string) (text string, of wrong) {
	if denied != "" {
		return denied, inDSN
	}
	return fmt.Sprintf("the database answered: %s (%s)", message, code), inStatement
}

// refusedBy says for which reason of the DSN PostgreSQL lets nobody in; "" for other errors.
func refusedBy(code string) string {
	switch {
	case strings.HasPrefix(code, "28"):
		return "the database refuses the user or the password"
	case code == "3D000":
		return "the server has no database of that name"
	case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57P"):
		return "the server takes no connection now (" + code + ")"
	}
	return ""
}

// deniedBy does so for MySQL and MariaDB.
func deniedBy(number uint16) string {
	switch number {
	case 1044, 1045, 1698:
		return "the database refuses the user or the password"
	case 1049:
		return "the server has no database of that name"
	case 1040, 1053, 1203:
		return fmt.Sprintf("the server takes no connection now (%d)", number)
	}
	return ""
}

// fileOrStatement is what an error of SQLite is about.
func fileOrStatement(code int) wrong {
	const base, cannotOpen, notADatabase = 0xff, 14, 26
	if code &= base; code == cannotOpen || code == notADatabase {
		return inDSN
	}
	return inStatement
}

// advised adds to an error at the start what to do next.
func advised(err error, at lines) error {
	shown, ok := errors.AsType[*failure](err)
	switch {
	case errors.Is(err, query.ErrSlow):
		return fmt.Errorf("trying %s: %w\n  next: start the database, make the statement faster, or "+
			"give it longer with %s", at.whole, err, at.timeout)
	case ok && shown.wrong == inDSN:
		return exit.Usage(fmt.Errorf("trying %s: %w\n  next: correct %s", at.whole, err, at.dsn))
	case ok && shown.wrong == inStatement:
		return exit.Usage(fmt.Errorf("trying %s: %w\n  next: correct %s", at.whole, err, at.statement))
	case ok:
		return fmt.Errorf("trying %s: %w\n  next: start the database, or correct %s", at.whole, err,
			at.dsn)
	}
	return fmt.Errorf("trying %s: %w", at.whole, err)
}
