package starting

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// rows is the query that was given, if there is one.
func rows(g Given) (*shown.DatabaseQuery, error) {
	switch {
	case g.SQL == "" && g.DSN != "":
		return nil, errors.New("--dsn names the database of no query\n  next: add --sql 'SELECT …'")
	case g.SQL == "":
		return nil, nil //nolint:nilnil // nobody gave one
	case len(g.Ledger) > 0:
		return nil, errors.New("--ledger and --sql both list effects, and one is enough\n" +
			"  next: leave one out")
	}
	q := &shown.DatabaseQuery{Select: g.SQL, DSN: cmp.Or(g.DSN, "${DATABASE_URL}")}
	q.Numbered = strings.HasPrefix(held(q.DSN), "postgres")
	return q, nil
}

// compared is a column, and the text that it is compared with.
var compared = regexp.MustCompile("([A-Za-z_][A-Za-z0-9_]*)[\"`]? *= *'((?:[^']|'')*)'")

// standIn is a request with what a query compares columns with as its parameters: where the names
// of things are changed in requests, they change in it. Nobody sends it.
func standIn(q *shown.DatabaseQuery) *shown.Call {
	var fields []string
	for _, m := range compared.FindAllStringSubmatch(q.Select, -1) {
		fields = append(fields, url.QueryEscape(m[1])+"="+url.QueryEscape(m[2]))
	}
	return &shown.Call{Method: http.MethodGet, URL: "http://query/?" + strings.Join(fields, "&")}
}

// take takes over the names that have changed in the stand-in of a query.
func take(q *shown.DatabaseQuery, from *shown.Call) {
	_, raw, _ := strings.Cut(from.URL, "?")
	fields := strings.Split(raw, "&")
	at := 0
	q.Select = compared.ReplaceAllStringFunc(q.Select, func(found string) string {
		_, now, _ := strings.Cut(fields[min(at, len(fields)-1)], "=")
		at++
		m := compared.FindStringSubmatch(found)
		text, err := url.QueryUnescape(now)
		if err != nil || text == m[2] {
			return found
		}
		return strings.Replace(found, "'"+m[2]+"'", "'"+strings.ReplaceAll(text, "'", "''")+"'", 1)
	})
}
