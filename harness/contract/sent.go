package contract

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
	placeholders(o.Path, nil, note)
	placeholders(o.Body, nil, note)
	for _, value := range o.Headers {
		placeholders(value, nil, note)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SendsKey reports whether operations of a type carry an idempotency key: in the header of the
// contract, or as {key}.
func SendsKey(c *model.Contract, typ string) bool {
	return c.Key.Header != "" || uses(c.Operations[typ], "key")
}

// uses tells whether an operation sends {name}.
func uses(o model.OperationType, name string) bool { return slices.Contains(Sent(o), name) }
