package template

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// Sent lists the names that an operation sends, {name} in its path, query, headers or body: each
// once, sorted.
func Sent(o model.OperationType) []string { return unique(sentBy(o.Path, o.Content())) }

// SentBefore lists the names that the steps before an operation send: each once, sorted.
func SentBefore(o model.OperationType) []string {
	var out []string
	for i := range o.Before {
		m := o.Before[i].Message()
		out = append(out, sentBy(m.Path, m.Content())...)
	}
	return unique(out)
}

// sentBy lists the names in the path, query, headers and body of a message.
func sentBy(path string, c exchange.Content) []string {
	var out []string
	note := func(_ []string, name string, err error) {
		if err == nil {
			out = append(out, name)
		}
	}
	Placeholders(path, nil, note)
	EachBody(c, nil, func(_ []string, tmpl any) { Placeholders(tmpl, nil, note) })
	for _, value := range c.Headers {
		Placeholders(value, nil, note)
	}
	return out
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// EachBody calls a function with every template of a message that is no header, and with its place
// below path: the query, and the body that it has.
func EachBody(c exchange.Content, path []string, each func(path []string, tmpl any)) {
	each(problem.Below(path, "query"), tree(c.Query))
	each(problem.Below(path, "body"), c.Body)
	each(problem.Below(path, "form"), tree(c.Form))
	each(problem.Below(path, "text"), c.Text)
	each(problem.Below(path, "multipart"), tree(c.Multipart))
}

// tree is a mapping as a template; nil when there is none.
func tree(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

// SendsKey reports whether operations of a type carry an idempotency key: in the header of the
// contract, or as {key}.
func SendsKey(c *model.Contract, typ string) bool {
	return c.Key.Header != "" || Sends(c.Operations[typ], "key")
}

// Sends reports whether an operation sends {name}.
func Sends(o model.OperationType, name string) bool { return slices.Contains(Sent(o), name) }
