package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/internal/taskpage"
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

// TestThePageOfDatabases runs its contract against a till over SQLite.
func TestThePageOfDatabases(t *testing.T) {
	page, err := taskpage.Contract(taskPage("sql"))
	require.NoError(t, err)
	for bug, want := range map[string]int{"": exitValid, "doubles": exitInvalid} {
		t.Run("with a till that "+cmp.Or(bug, "is right"), func(t *testing.T) {
			t.Parallel()
			d := databases.Empty(t, databases.Kinds()[0])
			got := invocation{t.Context(), map[string]string{"DATABASE_URL": d.DSN}, t}.run(t,
				brief("run", file(t, "idemcheck.yaml", string(page)),
					"--target", serveTill(t, d, &till.Till{Bug: bug}), "--no-progress", "--out", t.TempDir())...)
			require.Equal(t, want, got.code, got.out+got.err)
		})
	}
}

// TestADatabaseThatIsGoneInMidRunIsUnknown: with the cause and the setting, and without a secret. One
// that hangs ends the run, and is not waited for in every case.
func TestADatabaseThatIsGoneInMidRunIsUnknown(t *testing.T) {
	for _, kind := range databases.Kinds()[1:] {
		for hangs, says := range map[bool]string{
			false: "the connection to the database failed",
			true:  "from cannot be read any more",
		} {
			t.Run(fmt.Sprint(kind, " hangs ", hangs), func(t *testing.T) {
				t.Parallel()
				goneInMidRun(t, databases.Empty(t, kind), hangs, says)
			})
		}
	}
}

// goneInMidRun runs against a till whose database hangs or dies.
func goneInMidRun(t *testing.T, d databases.Database, hangs bool, says string) {
	proxy := d.Proxied(t)
	var served atomic.Int64
	s := &till.Till{Served: func() {
		if served.Add(1) == 60 {
			proxy.Break(hangs)
		}
	}}
	f, out := tilled(t, d, proxy.DSN, ", timeout: 2s"), t.TempDir()
	got := invoke(t, "run", f, "--target", serveTill(t, d, s), "--cases", "32",
		"--format", "json", "--no-progress", "--out", out)
	require.Equal(t, exitUnknown, got.code, got.out+got.err)
	require.Contains(t, strings.Join(got.verdict(t).Reasons, "\n"), says)
	requireNowhere(t, ":"+password(t, d), got, out)
}

// TestATableThatOthersWriteIsNeverInvalid: rows without a name are none to judge by.
func TestATableThatOthersWriteIsNeverInvalid(t *testing.T) {
	t.Parallel()
	d := databases.Empty(t, "sqlite")
	f := file(t, "idemcheck.yaml", till.Contract(
		origin(d.DSN, "SELECT idem, note, amount FROM charges", ""),
		origin(d.DSN, "SELECT Spent FROM accounts WHERE id = ?", `, args: ["{id}"]`), "unnamed: true"))
	at := serveTill(t, d, &till.Till{Busy: 1})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go others(ctx, d)
	got := invoke(t, "run", f, "--target", at, "--cases", "32", "--no-progress", "--out", t.TempDir())
	require.Equal(t, exitUnknown, got.code, got.out+got.err)
}

// others write to a table that is shared.
func others(ctx context.Context, d databases.Database) {
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			_, _ = d.DB.ExecContext(ctx, "INSERT INTO charges VALUES ('x', 'x', 'x', 1)")
		}
	}
}

// TestAContractBeginsWithAQuery: what init makes of it finds the bug of a till that lists nothing.
func TestAContractBeginsWithAQuery(t *testing.T) {
	for _, kind := range databases.Kinds() {
		for bug, want := range map[string]int{"": exitValid, "doubles": exitInvalid} {
			t.Run(kind+" "+bug, func(t *testing.T) {
				t.Parallel()
				d := databases.Empty(t, kind)
				at, f := serveTill(t, d, &till.Till{Bug: bug}), filepath.Join(t.TempDir(), "idemcheck.yaml")
				env := invocation{t.Context(), map[string]string{"DATABASE_URL": d.DSN}, t}
				got := env.run(t, "init", "-f", f, "--probe", "--create", "curl "+at+`/accounts -d '{"name":"acc0"}'`,
					"--curl", "curl "+at+`/charges -H 'Idempotency-Key: 1' `+
						`-d '{"account":"acc0","amount":"5.00","note":"x"}'`,
					"--sql", "SELECT idem, note, amount FROM charges WHERE account = 'acc0'", "--dsn", d.DSN)
				require.Zero(t, got.code, got.err)
				require.NotContains(t, got.out, "todo: ")
				written, err := os.ReadFile(f)
				require.NoError(t, err)
				require.NotContains(t, string(written), "TODO")
				require.NotContains(t, got.out+got.err+string(written), ":"+password(t, d)+"@")
				got = env.run(t, "run", f, "--cases", "24", "--no-progress", "--out", t.TempDir())
				require.Equal(t, want, got.code, "%s%s%s", got.out, got.err, written)
			})
		}
	}
}

// password is that of a database; a text that stands nowhere where it has none.
func password(t *testing.T, d databases.Database) string {
	t.Helper()
	at, err := url.Parse(d.DSN)
	require.NoError(t, err)
	word, has := at.User.Password()
	if !has {
		return "none"
	}
	return word
}

// TestOnlyAGoTestHasFunctions, which the command says before anything is sent.
func TestOnlyAGoTestHasFunctions(t *testing.T) {
	t.Parallel()
	f := file(t, "idemcheck.yaml", till.Contract("{func: charges}", "{func: account}", "key: idem"))
	got := invoke(t, "run", f, "--target", "http://127.0.0.1:9", "--out", t.TempDir())
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "only a go test hands functions over")
	require.Contains(t, got.err, "next: ")
}
