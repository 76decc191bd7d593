package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// Doubt returns the verdict on a history in which nobody can rely on when things happened (see
// History.Doubt): violations that hang on time do not count, and where there was one the case is
// unknown, unless something else is violated too.
func Doubt(v model.Verdict, h *model.History) model.Verdict {
	timed := func(found model.Violation) bool { return found.Timed }
	if h.Doubt == "" || !slices.ContainsFunc(v.Violations, timed) {
		return v
	}
	doubted := model.NewVerdict()
	for _, found := range v.Violations {
		if found.Timed {
			doubted.Reasons = append(doubted.Reasons, fmt.Sprintf("case %d (%s): %s hangs on time: %s",
				h.Case, h.Scenario, found.Rule, h.Doubt))
		}
	}
	v.Violations = slices.DeleteFunc(slices.Clone(v.Violations), timed)
	return Merge(v, doubted)
}
