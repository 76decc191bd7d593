// Package databases gives tests an empty database of every kind that idemcheck reads.
package databases

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
)

// variables name the environment variables that say where a server is, as a URL, by its kind.
var variables = map[string]string{
	"postgresql": "IDEMCHECK_POSTGRES_DSN",
	"mariadb":    "IDEMCHECK_MARIADB_DSN",
}

// Kinds are those that [Empty] knows.
func Kinds() []string { return []string{"sqlite", "postgresql", "mariadb"} }

// Database is an empty one.
type Database struct {
	// DSN is how a contract names it, and DB writes there.
	DSN string
	DB  *sql.DB
	// Numbered tells that parameters are $1 and not ?; KeyType is the type of columns that compare
	// byte by byte, "" for what is usual.
	Numbered bool
	KeyType  string
}

// Empty makes a database for one test. It skips the test where there is no server.
func Empty(t testing.TB, kind string) Database {
	t.Helper()
	if kind == "sqlite" {
		at := filepath.Join(t.TempDir(), "till.db")
		db := open(t, "sqlite", "file:"+at+"?_pragma=busy_timeout(5000)")
		d := Database{DSN: "sqlite:" + at, DB: db}
		d.DB.SetMaxOpenConns(1)
		return d
	}
	server := os.Getenv(variables[kind])
	if server == "" {
		t.Skip(variables[kind] + " is not set: give it the URL of a server to run this test")
	}
	at, err := url.Parse(server)
	if err != nil {
		t.Fatalf("reading %s: it is no URL", variables[kind])
	}
	name := fmt.Sprintf("idemcheck_%d", time.Now().UnixNano())
	if kind == "postgresql" {
		within(t, open(t, "pgx", server), "SCHEMA "+name, " CASCADE")
		q := at.Query()
		q.Set("search_path", name)
		at.RawQuery = q.Encode()
		return Database{at.String(), open(t, "pgx", at.String()), true, ""}
	}
	within(t, open(t, "mysql", origins.MySQL(server)), "DATABASE "+name, "")
	at.Path = "/" + name
	db := open(t, "mysql", origins.MySQL(at.String()))
	return Database{at.String(), db, false, "VARBINARY(1000)"}
}

// open opens a pool that lives as long as the test.
func open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatalf("opening a database: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// within makes what a test works in, and takes it away when the test is over.
func within(t testing.TB, db *sql.DB, what, how string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "CREATE "+what); err != nil {
		t.Fatalf("making an empty database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP "+what+how); err != nil {
			t.Errorf("removing a database: %v", err)
		}
	})
}

// Statement is one with parameters that are written as ?, as the database knows them.
func (d Database) Statement(text string) string {
	if d.Numbered {
		return strings.Replace(text, "?", "$1", 1)
	}
	return text
}
