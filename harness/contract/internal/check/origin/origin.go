// Package origin looks for what is wrong with where a contract says that effects and state stand
// besides the service, and with how items name what left them.
package origin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// Ledger lists what is wrong with where the items of a ledger stand and whose they are.
func Ledger(c *model.Contract, name string) (out []problem.Problem) {
	l, at := c.Ledgers[name], problem.At("ledgers", name)
	out = append(out, identity(at, name, l)...)
	if l.From == nil {
		return out
	}
	m := l.Message()
	if l.Path != "" || l.Method != "" || len(m.Content().Bodies()) > 0 || l.Query != nil ||
		l.Headers != nil || l.Items != "" || l.Pages != nil {
		out = append(out, problem.Problem{
			Path: at, Message: fmt.Sprintf("the ledger %q stands behind a message and elsewhere", name),
			Advice: "keep `path` and what belongs to it, or `from`",
		})
	}
	return append(out, place(c, problem.Below(at, "from"), l.From, l.Per)...)
}

// State lists what is wrong with where the state of a resource stands.
func State(c *model.Contract, name string) (out []problem.Problem) {
	r := c.Resources[name]
	if r.ReadFrom == nil {
		return nil
	}
	at := problem.At("resources", name, "read_from")
	if r.Read != nil {
		out = append(out, problem.Problem{
			Path: at, Message: fmt.Sprintf("the state of %s stands in two places", name),
			Advice: "keep `read` or `read_from`",
		})
	}
	return append(out, place(c, at, r.ReadFrom, name)...)
}

// identity checks how items say which operation left them.
func identity(at []string, name string, l model.Ledger) []problem.Problem {
	named := l.Key != "" || l.CorrelationID != ""
	switch {
	case named && l.Nameless():
		return []problem.Problem{{
			Path:    at,
			Message: fmt.Sprintf("items of the ledger %q carry a name and none", name),
			Advice:  "remove `unnamed` and `count`, or `key` and `mark`",
		}}
	case !named && !l.Nameless():
		return []problem.Problem{{
			Path:    at,
			Message: fmt.Sprintf("the ledger %q does not say which operation an item belongs to", name),
			Advice: "add `key: FIELD` (the item's idempotency key) or `mark: FIELD` (the unique" +
				" text that the operation sent as {mark}); where items carry neither, add `unnamed: true`: " +
				"then they are counted only",
		}}
	}
	return nil
}

// place checks one place that is read for every resource of a type, or once ("").
func place(c *model.Contract, at []string, o *source.Origin, per string) (out []problem.Problem) {
	kinds := o.Kinds()
	if len(kinds) != 1 {
		return []problem.Problem{{
			Path: at, Message: fmt.Sprintf("it names %d places", len(kinds)),
			Advice: "name one, such as `sql: {dsn: ..., select: ...}` or `sink: {name: ...}`",
		}}
	}
	known := map[string]bool{}
	if per != "" {
		known["id"] = true
	}
	switch {
	case o.SQL != nil:
		out = query(problem.Below(at, "sql"), o.SQL, known)
	case o.Metrics != nil:
		out = metrics(problem.Below(at, "metrics"), o.Metrics, known)
	case o.Command != nil:
		out = command(problem.Below(at, "command"), o.Command, known)
	case o.HTTP != nil:
		out = remote(problem.Below(at, "http"), o.HTTP, known)
	case o.Sink != nil:
		out = received(c, problem.Below(at, "sink"), o.Sink, known)
	}
	return out
}

// query checks one query and what its parameters may hold.
func query(at []string, q *source.Query, known map[string]bool) (out []problem.Problem) {
	for _, one := range []struct{ name, text, advice string }{
		{"dsn", q.DSN, "write where the database is, such as ${DATABASE_URL}"},
		{"select", q.Select, "write the statement that lists the items"},
	} {
		if strings.TrimSpace(one.text) == "" {
			out = append(out, problem.Problem{
				Path: problem.Below(at, one.name), Message: one.name + " is missing", Advice: one.advice,
			})
		}
	}
	args := make([]any, len(q.Args))
	for i, a := range q.Args {
		args[i] = a
	}
	out = append(out, templates(problem.Below(at, "args"), args, known)...)
	if known["id"] && !strings.Contains(strings.Join(q.Args, " "), "{id}") {
		out = append(out, problem.Problem{
			Path:    problem.Below(at, "args"),
			Message: "it is read once per resource, but no parameter names one",
			Advice:  `add args: ["{id}"] and use the parameter in the statement, or remove per`,
		})
	}
	return out
}

// templates checks what stands in braces in some texts.
func templates(at []string, texts any, known map[string]bool) (out []problem.Problem) {
	template.Placeholders(texts, at, func(where []string, name string, err error) {
		switch {
		case err != nil:
			out = append(out, problem.Problem{
				Path: where, Message: err.Error(), Advice: "write {name}, and {{ for a literal brace",
			})
		case !known[name]:
			out = append(out, problem.Problem{
				Path: where, Message: fmt.Sprintf("{%s} is not declared", name),
				Advice: problem.Suggest(name, slices.Sorted(maps.Keys(known))),
			})
		}
	})
	return out
}
