package contractdoc

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
)

const includeDoc = "Files of which the contract is made too, with paths from its folder. " +
	"What a file says itself wins over what it includes."

const beginning = `# The contract, field by field

<!-- Written by "go test ./internal/contractdoc -update-contract"; do not edit. -->

Every line that an idemcheck.yaml may have: what it means, what holds when it is left out, and an
example from a contract that is tried in every run of the tests. A NAME is one of yours. Editors that
know [the schema](idemcheck.schema.json) complete and check these lines when a contract begins with

    ` + schemaLine + `

### ` + "`include`" + `

`

// schemaLine tells editors where the schema is.
const schemaLine = "# yaml-language-server: $schema=" +
	"https://raw.githubusercontent.com/idemcheck/idemcheck/main/docs/idemcheck.schema.json"

// page is docs/contract.md.
func (l *language) page(t *testing.T) []byte {
	t.Helper()
	shown := readExamples(t)
	var out strings.Builder
	out.WriteString(beginning + includeDoc + "\n")
	for _, s := range l.sections {
		if s.name != top {
			fmt.Fprintf(&out, "\n## `%s`\n\n%s\n", s.where, plain(s.doc, l, s))
		}
		for _, f := range s.fields {
			example, found := shown.of(s.where, f.name)
			require.True(t, found, "no contract shows %s: add a line to examples/ or to testdata/", f.heading(s))
			fmt.Fprintf(&out, "\n### %s\n\n%s, %s. %s\n\n```yaml\n%s```\n", f.heading(s), kind(f.typ),
				leftOut(&f), strings.TrimSpace(plain(f.doc, l, s)), example)
		}
	}
	return []byte(out.String())
}

// leftOut says whether a field may be left out.
func leftOut(f *field) string {
	if f.required {
		return "needed"
	}
	return "may be left out"
}

// kind says in words what a field holds.
func kind(t reflect.Type) string {
	if t == reflect.TypeFor[value.Duration]() {
		return "A duration such as 200ms"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kind(t.Elem())
	case reflect.Struct:
		return "A mapping"
	case reflect.Slice:
		return "A list"
	case reflect.Map:
		return "A mapping of your names"
	case reflect.Bool:
		return "True or false"
	case reflect.String:
		return "Text"
	case reflect.Interface:
		return "Any value"
	}
	return "A whole number"
}

// link is a reference of a Go comment, such as [Contract.Key].
var link = regexp.MustCompile(`\[([\w./]+)\]`)

// plain is a comment of the source in the words of a contract: names of Go fields become those of
// YAML. A word that is the name of a field of the same section means that field.
func plain(doc string, l *language, own *section) string {
	doc = link.ReplaceAllString(strings.Join(strings.Fields(doc), " "), "$1")
	for _, s := range l.sections {
		for _, f := range s.fields {
			qualified := regexp.MustCompile(`\b` + s.typ.Name() + `\.` + f.goName + `\b`)
			doc = qualified.ReplaceAllString(doc, "`"+strings.ToLower(s.typ.Name())+"."+f.name+"`")
		}
	}
	for _, f := range own.fields {
		bare := regexp.MustCompile(`(^|[^` + "`" + `.\w])` + f.goName + `\b`)
		doc = bare.ReplaceAllString(doc, "$1`"+f.name+"`")
	}
	return doc
}
