// Package prepared says which operations of a case share what was made before them. It sends
// nothing.
package prepared

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model"
)

// Name names what is made before a planned operation: operations with one name share it, and have
// one value for each capture. These are an operation and its twin, and two payloads under one key
// that differ in nothing that the steps send. It is "" when nothing is made.
func Name(c *model.Contract, op *model.PlannedOperation) string {
	typ := c.Operations[op.Type]
	if len(typ.Before) == 0 {
		return ""
	}
	sent := template.SentBefore(typ)
	out := []any{op.Tenant, op.Type}
	keyed := template.SendsKey(c, op.Type) && !c.Key.Keyless(op.Key.Style)
	if keyed {
		out = append(out, op.Key)
	}
	if !keyed || slices.Contains(sent, "mark") {
		out = append(out, op.CorrelationID)
	}
	for _, name := range sent {
		arg, _, _ := strings.Cut(name, ".")
		if v, drawn := op.Args[arg]; drawn {
			out = append(out, name, v)
		}
	}
	return fmt.Sprintf("%q", fmt.Sprint(out...))
}

// Captures lists the names that the steps before an operation of a type capture, sorted.
func Captures(t model.OperationType) []string {
	var out []string
	for i := range t.Before {
		out = slices.AppendSeq(out, maps.Keys(t.Before[i].Capture))
	}
	slices.Sort(out)
	return out
}
