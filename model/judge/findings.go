package judge

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// violation makes a finding about operations.
func violation(message string, operations ...*operationView) verdict.Violation {
	v := verdict.Violation{Message: message, Operations: []string{}}
	listed := make(map[string]bool, len(operations))
	for _, s := range operations {
		if !listed[s.ID] {
			v.Operations = append(v.Operations, s.ID)
		}
		listed[s.ID] = true
	}
	return v
}

// withEffects adds what was declared and what was found.
func (a *attribution) withEffects(s *operationView, v verdict.Violation) verdict.Violation {
	for i, d := range s.Effects {
		v.Expected = append(v.Expected, describeEffect(d)+" once")
		v.Observed = append(v.Observed,
			fmt.Sprintf("%s ×%d", describeEffect(d), len(a.found(s)[i])))
	}
	if s.outcome == model.Fail {
		v.Expected = []string{"no effect"}
	}
	return v
}

// describeEffect names an effect in a line.
func describeEffect(e model.Effect) string {
	out := strings.TrimSpace(e.Kind + " on " + e.Resource)
	if e.Kind == "" {
		out = e.Ledger + " entry on " + e.Resource
	}
	if len(e.Fields) > 0 {
		out += " " + value.Text(e.Fields)
	}
	return out
}
