package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// agedWith is a contract that says how records are made older.
func agedWith(age, retention string) []byte {
	text := hiddenWith(goodState, "from: "+goodQuery+", key: k")
	return []byte(strings.Replace(text, "resources:", "promises: {"+retention+"}\n"+age+"\nresources:", 1))
}

func TestBadAges(t *testing.T) {
	const kept, args = "retention: 24h", `args: ["{seconds}", "{key}"]`
	_, err := contract.Parse("idemcheck.yaml", agedWith(`age: {sql: {dsn: d, update: u, `+args+`}}`, kept))
	require.NoError(t, err)
	for _, tt := range []struct{ age, retention, says, next string }{
		{`age: {}`, kept, "does not say how", "write `age: {sql:"},
		{`age: {sql: {dsn: "", update: u, ` + args + `}}`, kept, "dsn is missing", "${DATABASE_URL}"},
		{`age: {sql: {dsn: d, update: " ", ` + args + `}}`, kept, "update is missing", "write the statement"},
		{`age: {sql: {dsn: d, update: u, ` + args + `}}`, "", "when a key expires", "promises.retention"},
		{`age: {sql: {dsn: d, update: u, args: ["{key}"]}}`, kept, "no parameter is {seconds}", "use both"},
		{`age: {sql: {dsn: d, update: u, args: ["{seconds}"]}}`, kept, "no parameter is {key}", "use both"},
		{
			`age: {sql: {dsn: d, update: u, args: ["{seconds}", "{key}", "{id}"]}}`, kept,
			"{id} is not declared", "use one of: key,",
		},
	} {
		_, err := contract.Parse("idemcheck.yaml", agedWith(tt.age, tt.retention))
		var e *contract.Error
		require.ErrorAs(t, err, &e, tt.age)
		require.Contains(t, e.Message, tt.says)
		require.Contains(t, e.Advice, tt.next)
	}
}

// TestAgesHideTheirDatabase: what may be saved has no password, and what was saved gets it again.
func TestAgesHideTheirDatabase(t *testing.T) {
	c, err := contract.Parse("idemcheck.yaml", agedWith(`age: {sql: {dsn: "${AT:-postgres://u:secret-pw@h/d}", `+
		`update: u, args: ["{seconds}", "{key}"]}}`, "retention: 24h"))
	require.NoError(t, err)
	saved := contract.Redacted(c)
	require.Equal(t, "${AT}", saved.Age.SQL.DSN)
	require.Equal(t, c.Age, contract.Restore(saved, c).Age)
	resolved, err := contract.Resolve(c, func(name string) (string, bool) {
		return "postgres://u:other-pw@h/d", name == "AT" || name == "DB"
	})
	require.NoError(t, err)
	require.Equal(t, "postgres://u:other-pw@h/d", resolved.Age.SQL.DSN)
	require.Contains(t, contract.Secrets(resolved, nil), "other-pw")
	require.NotContains(t, contract.Redacted(resolved).Age.SQL.DSN, "other-pw")
}
