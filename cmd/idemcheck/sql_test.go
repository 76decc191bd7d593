package main

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/internal/till"
)

// origin is a place in a database, as a contract writes it; more are further lines of it.
func origin(dsn, statement, more string) string {
	return fmt.Sprintf("{sql: {dsn: %q, select: %q%s}}", dsn, statement, more)
}

// tilled is the contract of a till whose database is at a DSN.
func tilled(t *testing.T, d databases.Database, dsn, more string) string {
	t.Helper()
	more = `, args: ["{id}"]` + more
	return file(t, "idemcheck.yaml", till.Contract(
		origin(dsn, d.Statement("SELECT idem, note, amount FROM charges WHERE account = ?"), more),
		origin(dsn, d.Statement("SELECT Spent FROM accounts WHERE id = ?"), more),
		"per: account, key: idem, mark: note"))
}

// serveTill serves a till over an empty database and returns its URL.
func serveTill(t *testing.T, d databases.Database, s *till.Till) string {
	t.Helper()
	s.DB, s.Numbered, s.KeyType = d.DB, d.Numbered, d.KeyType
	require.NoError(t, s.Prepare(t.Context()))
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// TestEveryDatabaseShowsWhatAServiceDid: its effects stand nowhere else.
func TestEveryDatabaseShowsWhatAServiceDid(t *testing.T) {
	for _, kind := range databases.Kinds() {
		for bug, rule := range map[string]string{
			"": "", "doubles": "duplicate-effect", "loses": "lost-effect",
		} {
			t.Run(kind+" "+bug, func(t *testing.T) {
				t.Parallel()
				d := databases.Empty(t, kind)
				f := tilled(t, d, "${TILL}", "")
				at := serveTill(t, d, &till.Till{Bug: bug})
				out := t.TempDir()
				got := invocation{t.Context(), map[string]string{"TILL": d.DSN}, t}.run(t, "run", f,
					"--target", at, "--cases", "32", "--format", "json", "--no-progress", "--out", out)
				requireNowhere(t, d.DSN, got, out)
				if bug == "" {
					require.Equal(t, exitValid, got.code, got.out+got.err)
					return
				}
				require.Equal(t, exitInvalid, got.code, got.out+got.err)
				require.Equal(t, rule, got.verdict(t).Violations[0].Rule)
			})
		}
	}
}
