package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

func TestParseBadPages(t *testing.T) {
	text := strings.NewReplacer("WHEN", "true", "THEN", "1").Replace(exactContract) +
		"ledgers: {payments: {path: \"/payments?limit=20\", mark: mark, pages: PAGES}}\n"
	for pages, want := range map[string][2]string{
		`{}`:                              {"in one way", "write one of"},
		`{size: 20}`:                      {"in one way", "write one of"},
		`{next: next, query: page}`:       {"in one way", "write one of"},
		`{next: next, size: 20}`:          {"pages that are counted", "leave them out"},
		`{cursor: next, header: Link}`:    {"how the cursor is sent", "add `query: NAME`"},
		`{query: page, from: -1}`:         {"count something", "from 0 on"},
		`{query: limit}`:                  {"has \"limit\" already", "out of the path"},
		`{header: "Li nk"}`:               {"Li nk", ""},
		`{query: page, form: 1, size: 1}`: {`unknown field "form"`, `"from"`},
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(strings.Replace(text, "PAGES", pages, 1)))
		var e *contract.Error
		require.ErrorAs(t, err, &e, pages)
		require.Contains(t, e.Message, want[0])
		require.Contains(t, e.Advice, want[1])
		require.Equal(t, 24, e.Line, e.Error())
	}
}

// TestParseBadPagesElsewhere: the same lines, for lists of other hosts.
func TestParseBadPagesElsewhere(t *testing.T) {
	text := strings.NewReplacer("WHEN", "true", "THEN", "1").Replace(exactContract) +
		"ledgers: {payments: {from: {http: {url: \"http://h.test/p?limit=20\", pages: PAGES}}, mark: mark}}\n"
	for pages, says := range map[string]string{
		`{}`:             "in one way",
		`{query: limit}`: "has \"limit\" already",
		`{cursor: next}`: "in one way",
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(strings.Replace(text, "PAGES", pages, 1)))
		require.ErrorContains(t, err, says, pages)
	}
	_, err := contract.Parse("idemcheck.yaml", []byte(strings.Replace(text, "PAGES", "{next: next}", 1)))
	require.NoError(t, err)
}
