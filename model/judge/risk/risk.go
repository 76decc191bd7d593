// Package risk treats operations as a contract labels them: it takes out of a verdict the second
// executions of those that are idempotent potentially, and knows which of those that are sent once
// a client would have sent again.
package risk

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// rules are what must be known of the rule of a violation.
type rules interface {
	// ExecutesAgain reports whether it says that an operation was executed again.
	ExecutesAgain() bool
	// FollowsExecutingAgain reports whether it is broken where that happens.
	FollowsExecutingAgain() bool
}

// said is put before the message of a declared risk.
const said = "declared risk (label: potentially): "

// Declare makes divergences of violations that say of operations labelled "potentially" that they
// were executed again, and of those that follow from it in the same case. All others stay.
func Declare[T rules](found []verdict.Violation, h *model.History, c *model.Contract,
	rule func(id string) T,
) {
	risky := map[string]bool{}
	for _, op := range h.Operations {
		risky[op.ID] = c.Operations[op.Type].MayRepeat()
	}
	declared := func(v verdict.Violation) bool {
		return len(v.Operations) > 0 && rule(v.Rule).ExecutesAgain() &&
			!slices.ContainsFunc(v.Operations, func(id string) bool { return !risky[id] })
	}
	again := map[string]bool{}
	for _, v := range found {
		for _, id := range v.Operations {
			again[id] = again[id] || declared(v)
		}
	}
	for i := range found {
		v := &found[i]
		follows := rule(v.Rule).FollowsExecutingAgain() &&
			slices.ContainsFunc(v.Operations, func(id string) bool { return again[id] })
		if v.Level == verdict.LevelViolation && (declared(*v) || follows) {
			v.Level, v.Message = verdict.LevelDivergence, said+v.Message
		}
	}
}

// Answered reports whether a client got a definite answer to an operation.
func Answered(op *model.Operation, h *model.History, c *model.Contract) bool {
	return slices.ContainsFunc(h.Events, func(e model.Event) bool {
		return e.Kind == model.Return && e.Operation == op.ID && e.Answer != nil &&
			c.Classify(op.Type, e.Answer) != model.Info
	})
}
