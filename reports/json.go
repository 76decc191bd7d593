package reports

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/idemcheck/idemcheck/model"
)

// JSON writes a verdict as exactly one document. Arrays are never null, and violations come in the
// order of level, rule, case and message, so that two runs that found the same are the same bytes.
func JSON(w io.Writer, v model.Verdict) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(whole(v)); err != nil {
		return fmt.Errorf("writing a verdict as JSON: %w", err)
	}
	return nil
}

// whole returns a copy of v without nil arrays and maps, its violations sorted.
func whole(v model.Verdict) model.Verdict {
	if v.Schema == "" {
		v.Schema = model.VerdictSchema
	}
	v.Reasons = filled(v.Reasons)
	v.Violations = sorted(v.Violations)
	for i := range v.Violations {
		v.Violations[i].Operations = filled(v.Violations[i].Operations)
	}
	if v.Faults.ByKind == nil {
		v.Faults.ByKind = map[model.FaultKind]model.FaultTally{}
	}
	return v
}

func filled(list []string) []string {
	return append([]string{}, list...)
}

// sorted returns violations in the model's order, the most telling rule first.
func sorted(violations []model.Violation) []model.Violation {
	out := append([]model.Violation{}, violations...)
	model.SortViolations(out)
	return out
}
