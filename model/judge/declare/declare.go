// Package declare finds the line of a contract with which a history that breaks a rule breaks it no
// more: what to write if what was seen is meant.
//
// A row for each rule lists the lines that may declare such a thing, the narrowest first, with the
// values that the history shows. No row is believed: each line is tried, by judging the same
// history again with it.
package declare

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// maxTries bounds how many lines are tried on one history, and fewTries on one of more than
// manyEvents. Each costs what judging it did.
const maxTries, fewTries, manyEvents = 60, 8, 2000

// Lines writes into every violation of a verdict on a history the line that would declare it, or
// that there is none.
func Lines(v *verdict.Verdict, h *model.History, c *model.Contract, spec model.Spec) {
	if v.Verdict != verdict.Invalid {
		return
	}
	t := &trials{
		before: *v, history: h, contract: c, spec: spec, done: map[string]*verdict.Verdict{},
		limit: maxTries,
	}
	if len(h.Events) > manyEvents {
		t.limit = fewTries
	}
	found := slices.Clone(v.Violations) // others may have been told of these
	for i := range found {
		if found[i].Level == verdict.LevelViolation {
			found[i].Line, found[i].NoLine = t.line(&found[i])
		}
	}
	v.Violations = found
}

// trials are the lines that were tried on a history, and what came of each.
type trials struct {
	before   verdict.Verdict
	history  *model.History
	contract *model.Contract
	spec     model.Spec
	done     map[string]*verdict.Verdict
	// limit is how many may be tried.
	limit int
}

// line returns the first line that declares a violation, or says that there is none.
func (t *trials) line(v *verdict.Violation) (line, none string) {
	row, at := rowOf(v.Rule), t.place(v)
	for _, w := range row.ways {
		if line := t.accepted(w(at), v); line != "" {
			return line, ""
		}
	}
	none = "no line of a contract allows this"
	if near := row.near.of(at); near != "" {
		none += "; if the contract is wrong about the service, look at " + near
	}
	return "", none
}

// accepted returns the first of some lines that declares a violation, or "".
func (t *trials) accepted(edits []edit, v *verdict.Violation) string {
	for _, e := range edits {
		if after := t.try(e); after != nil && t.accepts(after, v) {
			return e.line
		}
	}
	return ""
}

// try judges the history with a line; nil where too many were tried.
func (t *trials) try(e edit) *verdict.Verdict {
	after, known := t.done[e.line]
	if !known && len(t.done) < t.limit {
		after = t.judgedWith(e)
		t.done[e.line] = after
	}
	return after
}

func (t *trials) judgedWith(e edit) *verdict.Verdict {
	with := *t.contract
	with.Operations = maps.Clone(with.Operations)
	e.write(&with)
	after := judge.Judge(t.history, &with, t.spec)
	return &after
}

// accepts reports whether a violation is gone and nothing came in its place.
func (t *trials) accepts(after *verdict.Verdict, v *verdict.Violation) bool {
	return len(after.Reasons) <= len(t.before.Reasons) &&
		!slices.ContainsFunc(after.Violations, func(a verdict.Violation) bool {
			return a.Level == verdict.LevelViolation && (Same(&a, v) || t.isNew(&a))
		})
}

// isNew reports whether a violation was not there before a line was tried.
func (t *trials) isNew(a *verdict.Violation) bool {
	known := func(b verdict.Violation) bool { return Same(a, &b) }
	return !slices.ContainsFunc(t.before.Violations, known)
}

// Same reports whether two violations of one history are one: the rule and an operation are the
// same.
func Same(a, b *verdict.Violation) bool {
	if a.Rule != b.Rule {
		return false
	}
	return len(a.Operations) == 0 && len(b.Operations) == 0 ||
		slices.ContainsFunc(a.Operations, func(id string) bool {
			return slices.Contains(b.Operations, id)
		})
}

// place is a violation, and where to look for what it shows.
type place struct {
	*trials
	found *verdict.Violation
	// operations are those that it names, the one that it speaks of first.
	operations []*model.Operation
}

func (t *trials) place(v *verdict.Violation) *place {
	known := func(op *model.Operation) bool { return op != nil }
	all := lists.Map(v.Operations, t.history.Operation)
	return &place{trials: t, found: v, operations: lists.Where(all, known)}
}
