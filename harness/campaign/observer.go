package campaign

import (
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Observer is told what a run does. Embed [Unobserved] to hear only some of it. Its methods are
// called from several goroutines.
type Observer interface {
	// Save receives every history before it is judged; its error ends the run.
	Save(h *model.History) error
	// Grow receives the plan before cases are run that it did not hold (see model.Plan.Novelty), and
	// with what was found out about the service; its error ends the run.
	Grow(p *model.Plan) error
	// Progress is told after every case.
	Progress(now Progress)
	// Want is asked before a case is begun, or begun again, whether it is to be. A case that is not
	// wanted counts as skipped.
	Want(c model.Case) bool
	// Judged is told the verdict of every case that was run, and again when it was run again.
	Judged(c model.Case, v verdict.Verdict)
}

// Unobserved is an [Observer] that hears nothing and wants every case.
type Unobserved struct{}

// Save implements [Observer].
func (Unobserved) Save(*model.History) error { return nil }

// Grow implements [Observer].
func (Unobserved) Grow(*model.Plan) error { return nil }

// Progress implements [Observer].
func (Unobserved) Progress(Progress) {}

// Want implements [Observer].
func (Unobserved) Want(model.Case) bool { return true }

// Judged implements [Observer].
func (Unobserved) Judged(model.Case, verdict.Verdict) {}
