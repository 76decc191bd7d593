package conform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/conform"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/conformance"
	"github.com/idemcheck/idemcheck/internal/taskpage"
	"github.com/idemcheck/idemcheck/internal/till"
)

// verb runs the verb with arguments and one variable of the environment, DB.
func verb(t *testing.T, db string, args ...string) (out string, code int, err error) {
	t.Helper()
	var shown bytes.Buffer
	streams := &terminal.Streams{Out: &shown, Err: &shown, Env: func(name string) (string, bool) {
		return db, name == "DB" || name == "DATABASE_URL"
	}}
	c := conform.Verb{Streams: streams, Version: "test", Code: &code}.Command()
	c.SetArgs(append(args, "--no-progress"))
	c.SetOut(&shown)
	c.SetErr(&shown)
	c.SilenceUsage = true
	err = c.ExecuteContext(t.Context())
	return shown.String(), code, err
}

// ageing is the contract of a till that keeps keys for a day, and update makes them older.
func ageing(t *testing.T, d databases.Database, update string) string {
	t.Helper()
	place := func(statement string) string {
		return fmt.Sprintf(`{sql: {dsn: "${DB}", select: %q, args: ["{id}"]}}`, d.Statement(statement))
	}
	text := till.Contract(place("SELECT idem, note, amount FROM charges WHERE account = ?"),
		place("SELECT Spent FROM accounts WHERE id = ?"), "per: account, key: idem, mark: note")
	text = strings.Replace(text, "mismatch: [422]}",
		"mismatch: [422], retention: 24h, after_retention: executed}", 1)
	// On a busy machine a first attempt without an answer would leave its case undecided.
	text = strings.Replace(text, "timeout: 500ms", "timeout: 10s", 1)
	text = strings.Replace(text, "ok: [201]", "ok: [201]\n    answer: {identity: id}", 1)
	text += fmt.Sprintf("age: {sql: {dsn: \"${DB}\", update: %q, args: [\"{seconds}\", \"{key}\"]}}\n",
		strings.Replace(d.Statement(update), "= ?", "= $2", map[bool]int{true: 1}[d.Numbered]))
	at := filepath.Join(t.TempDir(), "idemcheck.yaml")
	require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	return at
}

// older makes the record of a key in a till older.
const older = "UPDATE answers SET born = born - ? WHERE idem = ?"

// served serves a till over an empty database and returns its URL.
func served(t *testing.T, d databases.Database, bug string) string {
	t.Helper()
	s := &till.Till{
		DB: d.DB, Numbered: d.Numbered, KeyType: d.KeyType, Bug: bug, Keeps: 24 * time.Hour,
	}
	require.NoError(t, s.Prepare(t.Context()))
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// expiry is the row about expiry of a table as JSON.
func expiry(t *testing.T, out string) conformance.Row {
	t.Helper()
	var table conformance.Table
	require.NoError(t, json.Unmarshal([]byte(out), &table), out)
	for _, r := range table.Rows {
		if r.Name == "expiry" {
			return r
		}
	}
	require.Fail(t, "no row", out)
	return conformance.Row{}
}

// TestBothSidesOfExpiry are seen in a second, though keys live for a day: their records are made older.
func TestBothSidesOfExpiry(t *testing.T) {
	for _, kind := range databases.Kinds() {
		for bug, want := range map[string]struct {
			status conformance.Status
			rules  []string
		}{
			"":          {conformance.Kept, nil},
			"forgets":   {conformance.Violated, []string{"early-expiry"}},
			"remembers": {conformance.Violated, []string{"late-answer"}},
		} {
			t.Run(kind+" "+bug, func(t *testing.T) {
				t.Parallel()
				d := databases.Empty(t, kind)
				out, _, err := verb(t, d.DSN, ageing(t, d, older), "--target", served(t, d, bug),
					"--format", "json")
				require.NoError(t, err, out)
				row := expiry(t, out)
				require.Equal(t, want.status, row.Status, "%+v", row)
				require.Subset(t, row.Rules, want.rules)
				require.GreaterOrEqual(t, row.Cases-row.Undecided, 8, "%+v", row)
				require.NotContains(t, out, d.DSN)
			})
		}
	}
}

// TestThePageAboutExpiry keeps what it promises over a till that does, and over none that does not.
func TestThePageAboutExpiry(t *testing.T) {
	text, err := taskpage.Contract("../../../../docs/tasks/expiry.md")
	require.NoError(t, err)
	f := filepath.Join(t.TempDir(), "idemcheck.yaml")
	require.NoError(t, os.WriteFile(f, text, 0o600))
	for bug, want := range map[string]conformance.Status{
		"": conformance.Kept, "forgets": conformance.Violated, "remembers": conformance.Violated,
	} {
		t.Run("till "+bug, func(t *testing.T) {
			t.Parallel()
			d := databases.Empty(t, "sqlite")
			out, _, err := verb(t, d.DSN, f, "--target", served(t, d, bug), "--format", "json")
			require.NoError(t, err, out)
			require.Equal(t, want, expiry(t, out).Status, out)
		})
	}
}

// TestAStatementThatAgesNothingShowsNothing, and accuses nobody.
func TestAStatementThatAgesNothingShowsNothing(t *testing.T) {
	d := databases.Empty(t, "sqlite")
	f := ageing(t, d, "UPDATE answers SET born = born - ? WHERE payload = ?")
	out, _, err := verb(t, d.DSN, f, "--target", served(t, d, ""), "--format", "json")
	require.NoError(t, err, out)
	row := expiry(t, out)
	require.Equal(t, conformance.Undecided, row.Status, "%+v", row)
	require.Contains(t, row.Says, "found no record of the key")
	require.Contains(t, row.Says, "correct age.sql.update")
}

// TestReadOnlyWritesNothing: nothing but what reads is sent, and no record is made older.
func TestReadOnlyWritesNothing(t *testing.T) {
	d := databases.Empty(t, "sqlite")
	f := ageing(t, d, "INSERT INTO nothing VALUES (?, ?)") // which is not even tried
	out, code, err := verb(t, d.DSN, f, "--target", served(t, d, ""), "--read-only")
	require.NoError(t, err, out)
	require.Contains(t, out, "nothing but GET and HEAD was sent")
	require.Regexp(t, `age.sql +refused: it writes to a database`, out)
	require.Equal(t, exit.Unknown, code)
	var n int
	require.NoError(t, d.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM accounts").Scan(&n))
	require.Zero(t, n)
}

// TestAWrongStatementIsToldAtTheStart, before anything is sent.
func TestAWrongStatementIsToldAtTheStart(t *testing.T) {
	d := databases.Empty(t, "sqlite")
	at := served(t, d, "")
	for statement, says := range map[string]string{
		"UPDATE nothing SET born = born - ? WHERE idem = ?": "next: correct age.sql.update",
		"INSERT INTO answers VALUES ('x', ?, 'y', ?)":       "whatever the key is",
	} {
		out, _, err := verb(t, d.DSN, ageing(t, d, statement), "--target", at)
		require.ErrorContains(t, err, says, out)
		require.Equal(t, exit.BadUsage, exit.Code(err), err)
		require.NotContains(t, err.Error(), d.DSN)
	}
	var n int
	require.NoError(t, d.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM answers").Scan(&n))
	require.Zero(t, n)
	_, _, err := verb(t, "postgres://some:s3cret-pw@8.8.8.8/db", ageing(t, d, older), "--target", at)
	require.ErrorContains(t, err, "8.8.8.8")
	require.NotContains(t, err.Error(), "s3cret")
}
