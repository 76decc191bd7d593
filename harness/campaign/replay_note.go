package campaign

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// ReplayNote says in a line what became of a saved plan: FIXED, FAILED, FLAKY, CHANGED, ERROR, or
// NOT SEEN where clean replays show nothing: there was none that was not when it was found.
func ReplayNote(p *model.Plan, r *RunResult) string {
	f := r.Found
	switch {
	case f == nil && len(expect.Missed(r.Verdict.Expectations)) > 0 && len(r.Verdict.Violations) == 0:
		return "FAILED: the service is slower than the contract expects"
	case f == nil && r.Verdict.Verdict == verdict.Invalid:
		return fmt.Sprintf("CHANGED: no replay broke %s, and some broke another rule", p.Rule)
	case f == nil && (r.Verdict.Verdict == verdict.Unknown || r.Skipped > 0):
		return "ERROR: the replay could not be judged"
	case f == nil && p.Replays > 0 && p.Reproduced == 0:
		return fmt.Sprintf("NOT SEEN: it did not happen again (nor in %d replays when it was found): "+
			"%d clean replays do not show that it is fixed", p.Replays, len(p.Cases))
	case f == nil:
		return fmt.Sprintf("FIXED: %d of %d replays are clean%s",
			len(p.Cases), len(p.Cases), rarely(p))
	case f.Reproduced == f.Replays:
		return fmt.Sprintf("FAILED: %d of %d replays broke %s", f.Reproduced, f.Replays, f.Violation.Rule)
	}
	return fmt.Sprintf("FLAKY: %d of %d replays broke %s", f.Reproduced, f.Replays, f.Violation.Rule)
}

// rarely reminds of a counterexample that was flaky when it was found; "" for any other.
func rarely(p *model.Plan) string {
	if p.Reproduced >= p.Replays {
		return ""
	}
	return fmt.Sprintf(" (when it was found, %d of %d broke the rule: more replays say more)",
		p.Reproduced, p.Replays)
}
