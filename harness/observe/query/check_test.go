package query_test

import (
	"context"
	"database/sql"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/observe/query"
	"github.com/idemcheck/idemcheck/internal/till"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// memory opens a database in the memory of this process, which outlives crashes of its service.
func memory(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	db.SetMaxOpenConns(1) // another connection has another memory
	return db
}

// charged checks a till with a bug over SQLite in virtual time. The statement lists the charges.
func charged(t *testing.T, line, statement string, s *till.Till) verdict.Verdict {
	t.Helper()
	c, err := contract.Parse("till.yaml",
		[]byte(till.Contract("{func: charges}", "{func: account}", line)))
	require.NoError(t, err)
	res, err := harness.Try(t, harness.Suite{Contract: c, Scenarios: scenarios.HTTP(), Cases: 60},
		harness.Handler(func(env *harness.Env) http.Handler {
			db := harness.Keep(env, "db", func() *sql.DB {
				db := memory(t)
				env.Cleanup(func() { require.NoError(t, db.Close()) })
				require.NoError(t, (&till.Till{DB: db}).Prepare(context.Background()))
				return db
			})
			read := func(statement string) query.Statement {
				return query.Statement{DB: db, Vendor: query.SQLite, Query: source.Query{
					Select: statement, Args: []string{"{id}"},
				}}
			}
			env.Items("charges", read(statement).List)
			env.Items("account", read("SELECT Spent FROM accounts WHERE id = ?").List)
			return &till.Till{DB: db, Bug: s.Bug, Busy: s.Busy}
		}))
	require.NoError(t, err)
	return res.Verdict
}

const ofAccount = "SELECT idem, note, amount FROM charges WHERE account = ?"

// TestASQLiteShowsWhatAServiceDid in virtual time, whether rows carry the key, the mark or no name.
func TestASQLiteShowsWhatAServiceDid(t *testing.T) {
	for _, line := range []string{"key: idem", "mark: note", "unnamed: true"} {
		for bug, rules := range map[string]string{
			"": "", "doubles": "duplicate-effect key-ignored", "loses": "lost-effect",
		} {
			t.Run(line+" "+bug, func(t *testing.T) {
				v := charged(t, "per: account, "+line, ofAccount, &till.Till{Bug: bug})
				if bug == "" {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
					return
				}
				require.Equal(t, verdict.Invalid, v.Verdict, v.Reasons)
				require.Contains(t, rules, v.Violations[0].Rule)
			})
		}
	}
}
