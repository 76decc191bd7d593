package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// maxFile bounds the file of a multipart body that a contract holds, in bytes.
const maxFile = 64 << 10

// checkContent checks the query and the body of a message: one body, values that can be written in
// it, and names that are known.
func checkContent(k *checker, path []string, c exchange.Content, known names) {
	if bodies := c.Bodies(); len(bodies) > 1 {
		k.wrongName(problem.Below(path, bodies[1]), "keep one of body (JSON), form, text and multipart",
			"a message has one body, and this one has %s", strings.Join(bodies, " and "))
	}
	template.EachBody(c, path, func(where []string, tmpl any) { k.template(where, tmpl, known) })
	checkFlat(k, problem.Below(path, "query"), c.Query)
	checkFlat(k, problem.Below(path, "form"), c.Form)
	for _, name := range slices.Sorted(maps.Keys(c.Multipart)) {
		checkParts(k, problem.Below(path, "multipart", name), c.Multipart[name])
	}
}

// checkFlat checks the values of a form or a query, which hold no mappings.
func checkFlat(k *checker, path []string, set map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		list, several := set[name].([]any)
		if !several {
			list = []any{set[name]}
		}
		if slices.ContainsFunc(list, nested) {
			k.wrong(problem.Below(path, name),
				"write text, a number, true or false, or a list of those; a service that wants "+
					"more has names such as \"item[price]\"",
				"%s cannot hold a mapping or a list of lists", strings.Join(path, "."))
		}
	}
}

// nested tells whether a value holds others.
func nested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// checkParts checks what stands under one name of a multipart body: fields and files.
func checkParts(k *checker, path []string, v any) {
	list, several := v.([]any)
	if !several {
		list = []any{v}
	}
	for i, one := range list {
		where := path
		if several {
			where = problem.Below(path, strconv.Itoa(i))
		}
		switch file := one.(type) {
		case map[string]any:
			checkFile(k, where, file)
		case []any:
			k.wrong(where, "write its values as one list", "a field of a form cannot hold lists of lists")
		}
	}
}

// checkFile checks a file of a multipart body.
func checkFile(k *checker, path []string, file map[string]any) {
	words := []string{"file", "text", "type"}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		text, ok := file[name].(string)
		where := problem.Below(path, name)
		switch {
		case !slices.Contains(words, name):
			k.wrongName(where, problem.Suggest(name, words), "unknown field %q of a file", name)
		case !ok:
			k.wrong(where, "write it as text, in quotes if need be", "%s must be text", name)
		case len(text) > maxFile:
			k.wrong(where, "write a smaller one", "a file has %d KiB at most", maxFile>>10)
		case name != "text" && WrongValue(text) != "":
			k.wrong(where, "write visible characters, with blanks only between them",
				"%s %s", name, WrongValue(text))
		}
	}
	if file["file"] == nil {
		k.wrong(path, "add `file: NAME`, such as photo.png", "the file has no name")
	}
}

// checkPlainHeaders checks the headers of a message that is sent without faults: they are saved,
// and hold no secrets.
func checkPlainHeaders(k *checker, path []string, headers map[string]string, known names) {
	k.twice(path, headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		where := problem.Below(path, name)
		if environment.IsSecret(k.c, name) && !strings.Contains(headers[name], "{") {
			k.wrong(where, unsaved, "the value of %q is a secret", name)
		}
		k.header(where, name, headers[name])
		k.template(where, headers[name], known)
	}
}

// unsaved says where secrets belong.
const unsaved = "write it under target.headers or tenants.*.headers, where secrets stay unsaved"
