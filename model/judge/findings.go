package judge

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// violation makes a finding about operations.
func violation(message string, operations ...*operationView) verdict.Violation {
	ids := lists.Distinct(lists.Map(operations, func(s *operationView) string { return s.ID }))
	return verdict.Violation{Message: message, Operations: append([]string{}, ids...)} // never nil
}

// withEffects adds what was declared and what was found.
func (a *attribution) withEffects(s *operationView, v verdict.Violation) verdict.Violation {
	v.Expected = lists.Map(s.Effects, onlyOnce)
	if s.outcome == model.Fail {
		v.Expected = []string{"no effect"}
	}
	v.Observed = a.counted(s)
	return v
}

// counted says how often each effect of an operation was found.
func (a *attribution) counted(s *operationView) (out []string) {
	for i, d := range s.Effects {
		out = append(out, fmt.Sprintf("%s ×%d", describeEffect(d), len(a.found(s)[i])))
	}
	return out
}

// onlyOnce says how often an effect is expected.
func onlyOnce(e model.Effect) string { return describeEffect(e) + " once" }

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
