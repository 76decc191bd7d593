package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// hiddenContract is of a service whose effects and state stand elsewhere.
const hiddenContract = `version: 1
name: hidden
target: {url: "http://127.0.0.1:8080"}
key: {header: Idempotency-Key}
resources:
  account: {create: {path: /accounts}, id: id, STATE, state: {spent: {field: spent}}}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}}
    body: {account: "{account}", note: "{mark}"}
    ok: [201]
    effects: [{ledger: charges, resource: account}]
ledgers:
  charges: {per: account, LEDGER}
`

const (
	goodQuery = `{sql: {dsn: "${DB}", select: "SELECT 1 WHERE $1", args: ["{id}"]}}`
	goodState = "read_from: " + goodQuery
)

func hiddenWith(state, ledger string) string {
	return strings.NewReplacer("STATE", state, "LEDGER", ledger).Replace(hiddenContract)
}

func TestPlacesBesidesTheService(t *testing.T) {
	for _, ledger := range []string{
		"from: " + goodQuery + ", key: k", "from: {func: charges}, mark: note",
		"from: {func: charges}, unnamed: true", "from: {func: totals}, count: n",
		`path: "/charges/{id}", unnamed: true`,
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(hiddenWith(goodState, ledger)))
		require.NoError(t, err, ledger)
	}
}

func TestBadPlaces(t *testing.T) {
	for _, tt := range []struct {
		state, ledger, says, next string
		line                      int
	}{
		{goodState, "from: " + goodQuery, "does not say which operation", "add `unnamed: true`", 15},
		{goodState, "from: " + goodQuery + ", key: k, count: n", "carry a name and none", "remove `unnamed`", 15},
		{goodState, "from: {}, key: k", "it names 0 places", "such as `sql:", 15},
		{goodState, "from: {func: f, sql: {dsn: d, select: s}}, key: k", "it names 2 places", "name one", 15},
		{goodState, "path: /x, key: k, from: {func: f}", "behind a message and elsewhere", "or `from`", 15},
		{
			goodState, `from: {sql: {dsn: "", select: s, args: ["{id}"]}}, key: k`,
			"dsn is missing", "${DATABASE_URL}", 15,
		},
		{
			goodState, `from: {sql: {dsn: d, select: " ", args: ["{id}"]}}, key: k`,
			"select is missing", "statement", 15,
		},
		{goodState, `from: {sql: {dsn: d, select: s}}, key: k`, "no parameter names one", `args: ["{id}"]`, 15},
		{
			goodState, `from: {sql: {dsn: d, select: s, args: ["{ids}"]}}, key: k`,
			"{ids} is not declared", `"id"`, 15,
		},
		{
			goodState, `from: {sql: {dsn: d, select: s, args: ["{id}"], timeout: -1s}}, key: k`,
			"a duration cannot be negative", "", 15,
		},
		{goodState, "from: {sqll: {}}, key: k", `unknown field "sqll"`, `"sql"`, 15},
		{"read: {path: /a}, " + goodState, "from: {func: f}, key: k", "stands in two places", "or `read_from`", 6},
		{"", "from: {func: f}, key: k", "the state of account cannot be read", "add `read:", 6},
	} {
		_, err := contract.Parse("idemcheck.yaml",
			[]byte(strings.Replace(hiddenWith(tt.state, tt.ledger), "id: id, ,", "id: id,", 1)))
		var e *contract.Error
		require.ErrorAs(t, err, &e, tt.ledger)
		require.Contains(t, e.Message, tt.says)
		require.Contains(t, e.Advice, tt.next)
		require.Equal(t, tt.line, e.Line, e.Error())
	}
}

// TestADSNIsASecret: it comes from the environment, is never saved, and is put back for a replay.
func TestADSNIsASecret(t *testing.T) {
	file, err := contract.Parse("idemcheck.yaml", []byte(hiddenWith(goodState, "key: k, from: "+goodQuery)))
	require.NoError(t, err)
	const dsn = "postgres://reader:s3cret-word@localhost/shop"
	env := func(name string) (string, bool) { return dsn, name == "DB" }
	resolved, err := contract.Resolve(file, env)
	require.NoError(t, err)
	require.Equal(t, dsn, resolved.Ledgers["charges"].From.SQL.DSN)
	require.Equal(t, dsn, resolved.Resources["account"].ReadFrom.SQL.DSN)
	require.Equal(t, "${DB}", file.Ledgers["charges"].From.SQL.DSN, "the file stays as it is")
	require.Subset(t, contract.Secrets(file, env), []string{dsn, "s3cret-word"})

	saved := contract.Redacted(resolved)
	require.Equal(t, "postgres://reader:<redacted>@localhost/shop", saved.Ledgers["charges"].From.SQL.DSN)
	require.Equal(t, dsn, contract.Restore(saved, resolved).Ledgers["charges"].From.SQL.DSN)
	require.Equal(t, dsn, contract.Restore(saved, resolved).Resources["account"].ReadFrom.SQL.DSN)
	_, err = contract.Resolve(saved, env)
	require.ErrorContains(t, err, "was not saved")
	_, err = contract.Resolve(file, func(string) (string, bool) { return "", false })
	require.ErrorContains(t, err, "ledgers.charges.from.sql.dsn")
}
