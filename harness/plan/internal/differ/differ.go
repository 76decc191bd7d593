// Package differ says what two payloads of one type of operation can differ in alone. It holds no
// dice.
package differ

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// CorrelationID is the name of the correlation ID in templates and files.
const CorrelationID = "mark"

// exact is the greatest number up to which floating point tells whole numbers apart.
const exact = 1 << 53

// In lists what two payloads of a type can differ in alone: the correlation ID, and the arguments
// that leave a choice and are sent. Numbers that floating point cannot tell apart come more often.
func In(c *model.Contract, typ string) []string {
	t := c.Operations[typ]
	sent := template.Sent(t)
	var out []string
	if slices.Contains(sent, CorrelationID) {
		out = append(out, CorrelationID)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Args)) {
		a := t.Args[name]
		if a.Resource != "" || !Varies(a) || !slices.Contains(sent, name) {
			continue
		}
		out = append(out, name)
		if a.Max > exact {
			out = append(out, name, name)
		}
	}
	return out
}

// Others lists the choices but one.
func Others(choices []any, but any) []any {
	return slices.DeleteFunc(slices.Clone(choices), func(v any) bool { return value.Equal(v, but) })
}
