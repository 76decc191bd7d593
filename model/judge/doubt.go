package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Doubt returns the verdict on a history in which nobody can rely on when things happened (see
// History.Doubt): violations that depend on timing do not count, and where there was one the case
// is unknown, unless something else is violated too.
func Doubt(v verdict.Verdict, h *model.History) verdict.Verdict {
	timed := func(found verdict.Violation) bool { return found.Timed }
	suspected := lists.Where(v.Violations, timed)
	if h.Doubt == "" || len(suspected) == 0 {
		return v
	}
	doubted := verdict.New()
	doubted.Reasons = lists.Map(suspected, func(found verdict.Violation) string {
		return fmt.Sprintf("case %d (%s): %s depends on timing: %s",
			h.Case, h.Scenario, found.Rule, h.Doubt)
	})
	v.Violations = slices.DeleteFunc(slices.Clone(v.Violations), timed)
	return Merge(v, doubted)
}
