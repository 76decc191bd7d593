// Package statement tells from the text of an SQL query whether its rows, or the number that it
// shows, can be effects. It reads words and parses nothing: what it does not know, it lets pass.
package statement

import (
	"errors"
	"regexp"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// quoted is what is no word of SQL: texts, quoted names and comments.
var quoted = regexp.MustCompile("(?s)'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\\[[^\\]]*\\]|" +
	`--[^\n]*|/\*.*?\*/`)

// words is a statement without what is quoted, on one line in lower case.
func words(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(quoted.ReplaceAllString(text, " '' ")), " "))
}

// top is the SELECT whose rows are shown: the first one, or the one behind WITH.
const top = `(?:^|\) ?)select (?:all )?`

var (
	counts     = regexp.MustCompile(top + `count ?\(`)
	aggregates = regexp.MustCompile(top +
		`(?:(?:coalesce|ifnull|abs|cast) ?\( ?)?(?:sum|max|min|avg|total|every|bool_or|bool_and) ?\(`)
	merges = regexp.MustCompile(`(?:^|[^.\w])(?:distinct|group by|intersect|except|minus|` +
		`union(?: *$| *[^a ]| a[^l]))`)
	limits = regexp.MustCompile(`(?:^|[^.\w])(?:limit [\d$?:]|fetch (?:first|next)|offset \d|top \d)`)
)

// IsCount reports whether a statement shows a count and not what is counted.
func IsCount(text string) bool { return counts.MatchString(words(text)) }

// Check says why a statement cannot count effects; nil where nothing is known against it. summed
// tells that the user named the column of a number.
func Check(text string, summed bool) error {
	w := words(text)
	switch {
	case w == "" || w == "''":
		return errors.New("the statement is empty")
	case merges.MatchString(w):
		return errors.New("DISTINCT, GROUP BY and UNION may show as one what was done twice: have the " +
			"statement show a row for each effect, or count(*) of them")
	case limits.MatchString(w):
		return errors.New("LIMIT leaves rows out, and so what was done twice: narrow the statement " +
			"with WHERE")
	case !summed && aggregates.MatchString(w):
		return errors.New("the statement shows a value that is no count: have it show a row for each " +
			"effect, or count(*) of them, or say with --items COLUMN that this number counts them")
	}
	return nil
}

// compared is a text that a column is compared with.
var compared = regexp.MustCompile(`(?i)([a-z_][a-z0-9_]*)["` + "`" + `\]]?\s*` +
	`(?:=|<>|!=|like|ilike)\s*'((?:[^']|'')*)'`)

// Secrets lists the texts in a statement that are compared with columns whose names say that they
// hold secrets.
func Secrets(text string) []string {
	var out []string
	for _, m := range compared.FindAllStringSubmatch(text, -1) {
		if meaning.IsSecret(m[1]) {
			out = append(out, m[2], strings.ReplaceAll(m[2], "''", "'"))
		}
	}
	return out
}
