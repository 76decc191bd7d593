package template

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// Sent lists the names that an operation sends, {name} in its path, headers or body: each once,
// sorted.
func Sent(o model.OperationType) []string {
	var out []string
	note := func(_ []string, name string, err error) {
		if err == nil {
			out = append(out, name)
		}
	}
	Placeholders(o.Path, nil, note)
	Placeholders(o.Body, nil, note)
	for _, value := range o.Headers {
		Placeholders(value, nil, note)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SendsKey reports whether operations of a type carry an idempotency key: in the header of the
// contract, or as {key}.
func SendsKey(c *model.Contract, typ string) bool {
	return c.Key.Header != "" || Sends(c.Operations[typ], "key")
}

// Sends reports whether an operation sends {name}.
func Sends(o model.OperationType, name string) bool { return slices.Contains(Sent(o), name) }
