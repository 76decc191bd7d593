package campaign

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// proves reports whether a history proves the service wrong, whatever comes later.
func (r *runner) proves(h *model.History, c *model.Contract) bool {
	v := judge.Judge(h, c, r.exec.Spec)
	seen := func(v model.Violation) bool { return !v.Timed } // by what was seen, and not by when
	return v.Verdict == model.Invalid && slices.ContainsFunc(v.Violations, seen)
}
