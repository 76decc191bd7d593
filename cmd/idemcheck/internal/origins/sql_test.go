package origins_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/query"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// way reaches this machine.
func way() origins.Access {
	gate := guard.New(guard.Options{})
	return origins.Access{
		Admit: func(ctx context.Context, host, _ string) error { return gate.Admit(ctx, host) },
		Dial:  gate.DialContext,
	}
}

// with is a contract with one ledger, which a query lists.
func with(q source.Query) *model.Contract {
	return &model.Contract{Ledgers: map[string]model.Ledger{"x": {From: &source.Origin{SQL: &q}}}}
}

// opened reads the only ledger of a contract.
func opened(t *testing.T, q source.Query) func(vars template.Vars) ([]any, error) {
	t.Helper()
	o, err := origins.Open(t.Context(), with(q), way())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Close()) })
	r, known := o.Reader("ledgers.x.from")
	require.True(t, known)
	return func(vars template.Vars) (out []any, err error) {
		err = r.Items(t.Context(), vars, func(item any) error {
			out = append(out, item)
			return nil
		})
		return out, err
	}
}

// everywhere runs a test with an empty database of every kind.
func everywhere(t *testing.T, test func(*testing.T, databases.Database)) {
	t.Helper()
	for _, kind := range databases.Kinds() {
		t.Run(kind, func(t *testing.T) { test(t, databases.Empty(t, kind)) })
	}
}

// run runs statements that must not fail.
func run(t *testing.T, d databases.Database, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := d.DB.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
}

// TestColumnsAreFields: with the names and values that a contract can compare.
func TestColumnsAreFields(t *testing.T) {
	everywhere(t, func(t *testing.T, d databases.Database) {
		run(t, d, "CREATE TABLE v (A INTEGER, big BIGINT, price DECIMAL(12,2), far DECIMAL(38,20), "+
			"ratio DOUBLE PRECISION, word VARCHAR(20), born TIMESTAMP, day DATE, doc JSON, absent INTEGER)",
			"INSERT INTO v VALUES (7, 9007199254740993, 12.50, 9, 0.5, 'ä', '2026-01-02 03:04:05', "+
				`'2026-01-02', '{"n": [1, null]}', NULL)`)
		read := opened(t, source.Query{
			DSN: d.DSN, Args: []string{"{id}"}, Select: d.Statement("SELECT A, big, price, far, ratio, word, " +
				"born, day, doc, absent FROM v WHERE A = ?"),
		})
		items, err := read(template.Vars{"id": "7"})
		require.NoError(t, err)
		require.Len(t, items, 1)
		at := func(name string) any { return value.Normal(value.Lookup(items[0], name)) }
		for name, want := range map[string]any{
			"a": int64(7), "big": int64(9007199254740993), "price": 12.5, "far": int64(9), "ratio": 0.5,
			"word": "ä", "born": "2026-01-02T03:04:05Z", "day": "2026-01-02", "absent": nil,
		} {
			require.Equal(t, want, at(name), name)
		}
		if doc, text := at("doc").(string); text { // MariaDB keeps text and does not say that it is JSON
			require.JSONEq(t, `{"n": [1, null]}`, doc)
		} else {
			require.Equal(t, int64(1), at("doc.n.0"))
		}
		_, err = json.Marshal(items)
		require.NoError(t, err)
	})
}

// TestNothingIsWritten, whatever the statement is.
func TestNothingIsWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, d databases.Database) {
		run(t, d, "CREATE TABLE kept (a INTEGER)", "INSERT INTO kept VALUES (1)")
		for _, statement := range []string{
			"DELETE FROM kept", "INSERT INTO kept VALUES (2)", "DROP TABLE kept",
			"CREATE TABLE other (a INTEGER)", "ALTER TABLE kept ADD b INTEGER", "TRUNCATE TABLE kept",
			"UPDATE kept SET a = 3", "SELECT 1; DELETE FROM kept",
		} {
			_, err := origins.Open(t.Context(), with(source.Query{DSN: d.DSN, Select: statement}), way())
			require.Error(t, err, statement)
			require.Equal(t, exit.BadUsage, exit.Code(err), "%s: %v", statement, err)
			require.Contains(t, err.Error(), "next: correct ledgers.x.from.sql.select")
		}
		var a int
		require.NoError(t, d.DB.QueryRowContext(t.Context(), "SELECT a FROM kept").Scan(&a))
		require.Equal(t, 1, a)
		require.Error(t, d.DB.QueryRowContext(t.Context(), "SELECT a FROM other").Scan(&a))
	})
}

// TestWhatIsWrongIsSaidAtTheStart, and what to do next, without user and password.
func TestWhatIsWrongIsSaidAtTheStart(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := closed.Addr().String()
	require.NoError(t, closed.Close())
	file := filepath.Join(t.TempDir(), "none.db")
	for _, tt := range []struct {
		dsn, wants string
		code       int
	}{
		{"postgres://some:s3cret-pw@" + gone + "/db", "next: start the database, or correct", exit.Failed},
		{"mysql://some:s3cret-pw@" + gone + "/db", "next: start the database, or correct", exit.Failed},
		{"some:s3cret-pw@tcp(" + gone + ")/db", "next: start the database, or correct", exit.Failed},
		{"postgres://some:s3cret-pw@8.8.8.8/db", "8.8.8.8", exit.Failed},
		{"mysql://some:s3cret-pw@8.8.8.8/db", "8.8.8.8", exit.Failed},
		{"sqlite:" + file, "next: start the service that makes it", exit.BadUsage},
		{"postgres://some:s3cret-pw@[/db", "next: write it as postgres://", exit.BadUsage},
		{"mysql://some:s3cret-pw@/db?x", "next: write it as postgres://", exit.BadUsage},
		{"oracle://some:s3cret-pw@there/db", "next: write it as postgres://", exit.BadUsage},
		{"s3cret-pw", "next: write it as postgres://", exit.BadUsage},
	} {
		_, err := origins.Open(t.Context(), with(source.Query{DSN: tt.dsn, Select: "SELECT 1"}), way())
		require.ErrorContains(t, err, tt.wants, tt.dsn)
		require.Equal(t, tt.code, exit.Code(err), err)
		for _, secret := range []string{"s3cret", "some", "none.db"} {
			require.NotContains(t, err.Error(), secret)
		}
	}
}

// TestWhoIsLetInNot is a mistake in the DSN.
func TestWhoIsLetInNot(t *testing.T) {
	everywhere(t, func(t *testing.T, d databases.Database) {
		if strings.HasPrefix(d.DSN, "sqlite") {
			return // a file has no users
		}
		scheme, rest, _ := strings.Cut(d.DSN, "://")
		_, at, _ := strings.Cut(rest, "@")
		_, err := origins.Open(t.Context(), with(source.Query{
			DSN: scheme + "://n0body:s3cret-pw@" + at, Select: "SELECT 1",
		}), way())
		require.ErrorContains(t, err, "refuses the user or the password")
		require.ErrorContains(t, err, "next: correct ledgers.x.from.sql.dsn")
		require.Equal(t, exit.BadUsage, exit.Code(err))
		require.NotContains(t, err.Error(), "n0body")
		require.NotContains(t, err.Error(), "s3cret")
	})
}

// TestADatabaseThatDiesOrHangs in the middle of an answer is an error within the timeout.
func TestADatabaseThatDiesOrHangs(t *testing.T) {
	everywhere(t, func(t *testing.T, d databases.Database) {
		if strings.HasPrefix(d.DSN, "sqlite") {
			return // nothing is between
		}
		for _, hangs := range []bool{false, true} {
			proxy := d.Proxied(t)
			read := opened(t, source.Query{
				DSN: proxy.DSN, Select: "SELECT 'a text that comes in pieces' AS a",
				Timeout: value.Duration(300 * time.Millisecond),
			})
			items, err := read(nil)
			require.NoError(t, err)
			require.Len(t, items, 1)
			proxy.Break(hangs)
			_, err = read(nil)
			require.Error(t, err)
			require.Equal(t, hangs, errors.Is(err, query.ErrSlow), err)
			require.Equal(t, hangs, strings.Contains(err.Error(), "longer than 300ms (sql.timeout)"), err)
			require.NotContains(t, err.Error(), "password")
		}
	})
}

// TestPlacesShareADatabase, and a place that is a function is none for a command.
func TestPlacesShareADatabase(t *testing.T) {
	everywhere(t, func(t *testing.T, d databases.Database) {
		run(t, d, "CREATE TABLE a (a INTEGER)")
		c := with(source.Query{DSN: d.DSN, Select: "SELECT 1 AS a"})
		c.Resources = map[string]model.ResourceType{"y": {ReadFrom: &source.Origin{
			SQL: &source.Query{DSN: d.DSN, Select: "SELECT 2 AS a"},
		}}}
		o, err := origins.Open(t.Context(), c, way())
		require.NoError(t, err)
		_, known := o.Reader("resources.y.read_from")
		require.True(t, known)
		require.NoError(t, o.Close())
	})
	c := &model.Contract{Ledgers: map[string]model.Ledger{"x": {From: &source.Origin{Func: "charges"}}}}
	_, err := origins.Open(t.Context(), c, way())
	require.ErrorContains(t, err, "only a go test hands functions over")
	require.Equal(t, exit.BadUsage, exit.Code(err))
}
