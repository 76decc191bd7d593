package rows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/rows"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// ledger is the ledger of a query as the file has it.
func ledger(q shown.DatabaseQuery, only string) string {
	see := rows.Showing{Correlation: "Note", Only: only, Makes: func(id string) string {
		return map[string]string{"acc0": "account", "s1": "shop"}[id]
	}}
	entry, per := rows.Ledger(q, "${DB}", see)
	text := (&draft.Sketch{Ledgers: []draft.Entry{entry}}).String()
	_, text, _ = strings.Cut(text, "ledgers:")
	return text + "per " + per
}

func TestTheWordsOfAQuery(t *testing.T) {
	for _, tt := range []struct {
		name, statement, only string
		numbered              bool
		want                  []string
		lacks                 string
	}{
		{
			name: "a literal id", statement: "SELECT idem, note, amount\nFROM charges WHERE account = 'acc0'",
			want: []string{
				"  charges:\n", `select: "SELECT idem, note, amount FROM charges WHERE account = ?"`,
				`args: ["{id}"]`, "key: idem", "mark: note", "per: account", "per account",
			}, lacks: "TODO",
		},
		{
			name: "numbered", numbered: true, statement: "SELECT o.Request_Key, o.id FROM shop.orders o " +
				"WHERE a = 'acc0' AND b = 'acc0' AND c = 's1' AND d = 'open'",
			want: []string{
				"  orders:\n", "a = $1 AND b = $2 AND c = 's1' AND d = 'open'", `args: ["{id}", "{id}"]`,
				"key: request_key", "id: id",
			}, lacks: "mark",
		},
		{
			name: "a parameter of its own", only: "account",
			statement: "SELECT note FROM charges WHERE a = $1 AND b = $1",
			want:      []string{`args: ["{id}"]`, "per account", "mark: note"}, lacks: "TODO",
		},
		{
			name: "a parameter of nobody's", statement: "SELECT note FROM charges WHERE a = ?",
			want: []string{"# TODO: what the parameters of the statement stand for"}, lacks: "per:",
		},
		{
			name: "a count", statement: "select count(*) from charges", lacks: "key",
			want: []string{`select: "select count(*) AS effects from charges"`, "count: effects"},
		},
		{
			name: "a count with a name", statement: "SELECT count(id) AS Many FROM charges", lacks: "AS effects",
			want: []string{"count: many"},
		},
		{
			name: "all columns", statement: "SELECT * FROM `till`.`charges`", lacks: "mark: note",
			want: []string{"  charges:\n", "key: idempotency_key", "# TODO: the column that holds the key"},
		},
		{
			name: "another statement", statement: "TABLE charges", lacks: "args",
			want: []string{"  rows:\n", "# TODO: the column that holds the key"},
		},
	} {
		got := ledger(shown.DatabaseQuery{Select: tt.statement, Numbered: tt.numbered}, tt.only)
		for _, want := range tt.want {
			require.Contains(t, got, want, tt.name)
		}
		require.NotContains(t, got, tt.lacks, tt.name)
	}
}
