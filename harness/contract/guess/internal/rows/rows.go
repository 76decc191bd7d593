// Package rows writes the ledger of a query that somebody showed. The query is not run: its words
// say which column is what.
package rows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Showing is what is known of the operation that the rows show.
type Showing struct {
	// Correlation is the last name of the field that holds its correlation ID, "" when there is none.
	Correlation string
	// Makes names what an id stands for, "" when nothing makes it.
	Makes func(id string) string
	// Only is the one thing that is made fresh, "" where there are none or several.
	Only string
}

// Ledger is the ledger of a query, and the resource that it is read for, "" when it is read once.
// dsn is where the database is, as the file has it.
func Ledger(q shown.DatabaseQuery, dsn string, see Showing) (out draft.Entry, per string) {
	statement := named(strings.Join(strings.Fields(q.Select), " "))
	out.Name = "rows"
	if table := from.FindStringSubmatch(statement); table != nil {
		out.Name = meaning.Collection("/" + table[1])
	}
	statement, args, per := parameters(statement, q.Numbered, see)
	sql := draft.Object{{Name: "dsn", Value: dsn}, {Name: "select", Value: statement}}
	if len(args) > 0 {
		arg := draft.Field{Name: "args", Value: args}
		if per == "" {
			arg.Note = draft.Todo + "what the parameters of the statement stand for; --create shows it"
		}
		sql = append(sql, arg)
	}
	from := draft.Object{{Name: "sql", Value: sql}}
	out.Fields = draft.Object{{Name: "from", Value: from}}.With("per", per)
	out.Fields = append(out.Fields, meanings(statement, see)...)
	return out, per
}

var (
	// from names the table of a query.
	from = regexp.MustCompile("(?i)\\bfrom [\"`]?(?:[a-z_]\\w*[\"`]?\\.[\"`]?)*([a-z_]\\w*)")
	// unnamed is a count without a name, and counted one with it.
	unnamed = regexp.MustCompile(`(?i)^(select count ?\([^()]*\))( from )`)
	counted = regexp.MustCompile(`(?i)^select count ?\([^()]*\) (?:as )?"?(\w+)"? from `)
	// text is a text of SQL, and parameter a place for one.
	text      = regexp.MustCompile(`'((?:[^']|'')*)'`)
	parameter = regexp.MustCompile(`\?|\$[0-9]+`)
)

// named gives a name to the count of a query.
func named(statement string) string {
	return unnamed.ReplaceAllString(statement, "${1} AS effects${2}")
}

// parameters puts a parameter where the id of something that is made fresh stands, and lists what
// all of them stand for.
func parameters(
	statement string, numbered bool, see Showing,
) (out string, args draft.List, per string) {
	own := parameter.FindAllString(text.ReplaceAllString(statement, ""), -1)
	for i, place := range own {
		if place == "?" || !slices.Contains(own[:i], place) { // $1 may stand in several places
			args, per = append(args, "{id}"), see.Only
		}
	}
	if len(args) > 0 {
		return statement, args, per
	}
	out = text.ReplaceAllStringFunc(statement, func(found string) string {
		resource := see.Makes(strings.Trim(found, "'"))
		if resource == "" || per != "" && resource != per {
			return found
		}
		per, args = resource, append(args, "{id}")
		if numbered {
			return fmt.Sprint("$", len(args))
		}
		return "?"
	})
	return out, args, per
}

// meanings say which column is what.
func meanings(statement string, see Showing) draft.Object {
	if m := counted.FindStringSubmatch(statement); m != nil {
		return draft.Object{{Name: "count", Value: strings.ToLower(m[1])}}
	}
	key, mark, id := "", "", ""
	for _, column := range columns(statement) {
		switch {
		case key == "" && holdsKey(column):
			key = column
		case mark == "" && see.Correlation != "" && strings.EqualFold(column, see.Correlation):
			mark = column
		case column == "id":
			id = column
		}
	}
	out := draft.Object{}.With("key", key).With("mark", mark).With("id", id)
	if key == "" && mark == "" {
		note := draft.Todo + "the column that holds the key, or `mark:` and a text with {mark}"
		out = append(draft.Object{{Name: "key", Value: "idempotency_key", Note: note}}, out...)
	}
	return out
}

// holdsKey reports whether a column has the name of an idempotency key.
func holdsKey(column string) bool {
	words := meaning.Words(column)
	return meaning.KeyRank(column) >= 30 || slices.Contains(words, "idem") ||
		len(words) > 0 && words[len(words)-1] == "key"
}

// list is what a simple query shows.
var list = regexp.MustCompile(`(?i)^select (.*?) from `)

// columns are the names of what a query shows, in lower case, as far as its words say them.
func columns(statement string) []string {
	m := list.FindStringSubmatch(statement)
	if m == nil {
		return nil
	}
	var out []string
	for column := range strings.SplitSeq(m[1], ",") {
		words := strings.Fields(column)
		if len(words) == 0 || strings.ContainsAny(words[len(words)-1], "()*'") {
			continue
		}
		name := words[len(words)-1]
		name = name[strings.LastIndexByte(name, '.')+1:]
		out = append(out, strings.ToLower(strings.Trim(name, "\"`")))
	}
	return out
}
