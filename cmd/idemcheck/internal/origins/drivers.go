package origins

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/observe/query"
)

// connectPostgres makes the pool of a PostgreSQL.
func connectPostgres(ctx context.Context, way Access, dsn, line string) (database, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return database{}, unreadable(line) // its text may hold the password
	}
	hosts := []string{config.Host}
	for _, other := range config.Fallbacks {
		hosts = append(hosts, other.Host)
	}
	for _, host := range hosts {
		if filepath.IsAbs(host) {
			continue // a socket of this machine
		}
		if err := way.Admit(ctx, host, line); err != nil {
			return database{}, err
		}
	}
	// Hosts are looked up by who dials them.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		return []string{host}, nil
	}
	config.DialFunc = way.dial
	return pooled(stdlib.OpenDB(*config), query.PostgreSQL), nil
}

// dial connects to an admitted host, or to a socket of this machine.
func (w Access) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network == "unix" {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	return w.Dial(ctx, network, address)
}

// connectMySQL makes the pool of a MySQL or a MariaDB.
func connectMySQL(ctx context.Context, way Access, dsn, line string) (database, error) {
	config, ok := mysqlConfig(dsn)
	if !ok {
		return database{}, unreadable(line)
	}
	if config.Net != "unix" {
		host, _, err := net.SplitHostPort(config.Addr)
		if err != nil || config.Net != "tcp" {
			return database{}, unreadable(line)
		}
		if err := way.Admit(ctx, host, line); err != nil {
			return database{}, err
		}
	}
	config.ParseTime, config.MultiStatements, config.AllowAllFiles = true, false, false
	config.DialFunc, config.Logger = way.dial, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return database{}, unreadable(line)
	}
	return pooled(sql.OpenDB(connector), query.MySQL), nil
}

// mysqlConfig reads a URL, or what the driver itself reads.
func mysqlConfig(dsn string) (*mysql.Config, bool) {
	scheme, _, isURL := strings.Cut(dsn, "://")
	if !isURL || strings.ContainsAny(scheme, "@(") {
		config, err := mysql.ParseDSN(dsn)
		return config, err == nil
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Hostname() == "" {
		return nil, false
	}
	config, err := mysql.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return nil, false
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	config.Net, config.Addr = "tcp", net.JoinHostPort(u.Hostname(), port)
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	return config, true
}

// fileMode says how the file of an SQLite is opened.
type fileMode string

// The modes.
const (
	toRead  fileMode = "ro"
	toWrite fileMode = "rw"
)

// connectSQLite makes the pool of a file, which must be there.
func connectSQLite(rest, line string, mode fileMode) (database, error) {
	name, _, _ := strings.Cut(rest, "?")
	name = strings.TrimPrefix(name, "//") // sqlite:///file is /file, and sqlite://file is file
	if name == "" || strings.HasPrefix(name, ":memory:") {
		return database{}, unreadable(line)
	}
	if _, err := os.Stat(name); err != nil {
		return database{}, exit.Usage(fmt.Errorf("%s names a file that cannot be read: %w\n"+
			"  next: start the service that makes it, or correct %s", line, withoutPath(err), line))
	}
	at := url.URL{Scheme: "file", Opaque: (&url.URL{Path: name}).EscapedPath()}
	at.RawQuery = "mode=" + string(mode) + "&_pragma=busy_timeout(1000)"
	db, err := sql.Open("sqlite", at.String())
	if err != nil {
		return database{}, unreadable(line)
	}
	return pooled(db, query.SQLite), nil
}

// withoutPath is an error of a file without its name, which may be a secret.
func withoutPath(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}

// MySQL is a DSN as the driver of MySQL reads it; "" when it says nothing.
func MySQL(dsn string) string {
	config, ok := mysqlConfig(dsn)
	if !ok {
		return ""
	}
	return config.FormatDSN()
}
