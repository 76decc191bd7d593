package statement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/race/internal/statement"
)

// TestWhatAStatementCounts: each that cannot count beside the nearest one that can.
func TestWhatAStatementCounts(t *testing.T) {
	for text, want := range map[string]struct {
		count bool
		says  string // of what cannot count
	}{
		"SELECT id FROM orders":                                   {},
		"SELECT * FROM orders WHERE note = 'GROUP BY; LIMIT 1'":   {},
		"SELECT \"distinct\", `limit`, o.limit FROM o -- LIMIT 3": {},
		"select /* limit 5 */ id from orders":                     {},
		"SELECT id FROM a UNION ALL SELECT id FROM b":             {},
		"SELECT id FROM a union  all select id from b":            {},
		"TABLE orders": {},
		"SELECT o.id, (SELECT count(*) FROM items i) FROM o":       {},
		"SELECT max_amount, sum FROM orders":                       {},
		"SELECT count(*) FROM orders":                              {count: true},
		"select\n  COUNT (1) AS n\nfrom orders":                    {count: true},
		"WITH o AS (SELECT id FROM orders) SELECT count(*) FROM o": {count: true},
		"SELECT count(DISTINCT key) FROM orders":                   {true, "DISTINCT, GROUP BY and UNION"},
		"SELECT DISTINCT key FROM orders":                          {says: "DISTINCT, GROUP BY and UNION"},
		"SELECT key, count(*) FROM orders GROUP  BY key":           {says: "DISTINCT, GROUP BY and UNION"},
		"SELECT id FROM a UNION SELECT id FROM b":                  {says: "DISTINCT, GROUP BY and UNION"},
		"SELECT id FROM a UNION (SELECT id FROM b)":                {says: "DISTINCT, GROUP BY and UNION"},
		"SELECT id FROM orders ORDER BY id LIMIT 10":               {says: "LIMIT leaves rows out"},
		"SELECT id FROM orders FETCH FIRST 3 ROWS ONLY":            {says: "LIMIT leaves rows out"},
		"SELECT sum(amount) FROM orders":                           {says: "a value that is no count"},
		"SELECT COALESCE(MAX(id), 0) FROM orders":                  {says: "a value that is no count"},
		"  -- nothing": {says: "is empty"},
		"":             {says: "is empty"},
	} {
		require.Equal(t, want.count, statement.IsCount(text), text)
		err := statement.Check(text, false)
		if want.says == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want.says, text)
	}
	require.NoError(t, statement.Check("SELECT sum(copies) AS n FROM orders", true))
	require.Error(t, statement.Check("SELECT sum(copies) AS n FROM orders GROUP BY id", true))
}

// TestSecretsInAStatement are what secret columns are compared with.
func TestSecretsInAStatement(t *testing.T) {
	require.Equal(t, []string{"it''s s3cret", "it's s3cret", "t0ken-77", "t0ken-77"}, statement.Secrets(
		`SELECT id FROM a WHERE password = 'it''s s3cret' AND "api_token" LIKE 't0ken-77' AND account='acc0'`))
	require.Empty(t, statement.Secrets("SELECT id FROM a WHERE account = 'acc0'"))
}
