package check_test

import "testing"

func TestLedgersCanBeRead(t *testing.T) {
	pages := func(p string) string { return `{"ledgers": {"book": {"pages": ` + p + `}}}` }
	const at = "ledgers.book.pages"
	oneWay := []string{at + ": it does not say in one way how the next page is asked for"}
	counted := []string{at + ": from, step and size belong to pages that are counted"}
	counts := []string{at + ": from, step and size count something"}
	mistakes{
		"a resource that nobody declares": {
			`{"ledgers": {"book": {"per": "acount"}}}`, []string{
				`ledgers.book.per: there is no resource "acount" in the contract`,
				`operations.charge.effects.0.resource: "account" is of type account, but the ledger "book" ` +
					"is read once per acount",
			},
		},
		"no path": {
			`{"ledgers": {"book": {"path": ""}}}`,
			[]string{"ledgers.book.path: the path is missing"},
		},
		"a name that is none": {
			`{"ledgers": {"a b": {"path": "/b", "key": "key"}}}`, []string{`ledgers.a b: "a b" cannot be a name`},
		},
		"a method, a body and a header": {
			`{"ledgers": {"book": {"method": "find", "body": {"of": "{me}"}, "headers": {"X-Token": "x"}}}}`,
			[]string{
				"ledgers.book.body.of: {me} is not declared",
				`ledgers.book.headers.X-Token: the value of "X-Token" is a secret`,
				`ledgers.book.method: "find" is not an HTTP method`,
			},
		},
		"pages in no way":     {pages(`{}`), oneWay},
		"pages in two ways":   {pages(`{"next": "next", "header": "Link"}`), oneWay},
		"pages in other ways": {pages(`{"header": "Link", "query": "page"}`), oneWay},
		"pages by a field":    {pages(`{"next": "links.next"}`), nil},
		"pages by a header":   {pages(`{"header": "Link"}`), nil},
		"pages by a cursor":   {pages(`{"query": "after", "cursor": "next"}`), nil},
		"pages by numbers":    {pages(`{"query": "page", "from": 0, "step": 1, "size": 1}`), nil},
		"a cursor not sent": {
			pages(`{"next": "n", "cursor": "next"}`),
			[]string{at + ".cursor: nothing says how the cursor is sent"},
		},
		"a first number alone": {pages(`{"next": "n", "from": 1}`), counted},
		"a step alone":         {pages(`{"next": "n", "step": 1}`), counted},
		"a size alone":         {pages(`{"next": "n", "size": 1}`), counted},
		"numbers below zero":   {pages(`{"query": "page", "from": -1}`), counts},
		"steps below zero":     {pages(`{"query": "page", "step": -1}`), counts},
		"sizes below zero":     {pages(`{"query": "page", "size": -1}`), counts},
		"a name that the path has": {
			pages(`{"query": "account"}`), []string{at + `.query: the path of the list has "account" already`},
		},
		"a name that is the end of one": {pages(`{"query": "count"}`), nil},
		"a header that is none": {
			pages(`{"header": "Next Page"}`), []string{at + `.header: "Next Page" cannot be the name of a header`},
		},
	}.check(t)
}
