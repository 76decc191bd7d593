// Package accepted says what became of operations that a service accepted first and did later. It
// is pure.
package accepted

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// Ends are what was read of everything that was accepted of one operation.
type Ends []*model.Event

// Classify is what an answer to the operation says: one that says no more than "accepted" says what
// came of it in the end.
func (e Ends) Classify(
	c *model.Contract, op *model.Operation, a *model.Answer,
) model.Outcome {
	said := c.Outcome(op, a)
	if said == model.OK && c.Accepts(op.Type, a) && e.came(model.PollRefused) &&
		!e.came(model.PollDone) {
		return model.Fail
	}
	return said
}

// came reports whether something that was accepted came to an end, or to none.
func (e Ends) came(end string) bool {
	return slices.ContainsFunc(e, func(p *model.Event) bool { return p.Value == end })
}

// Final is the answer that holds what an ok answer promises: what was read in the end, where the
// answer says no more than "accepted". It may be nil.
func (e Ends) Final(c *model.Contract, typ string, a *model.Answer) *model.Answer {
	if !c.Accepts(typ, a) {
		return a
	}
	for _, p := range e {
		if p.Value == model.PollDone {
			return p.Answer
		}
	}
	return nil
}

// Unended says of which operations nobody knows what came of them after they were accepted. Then
// nothing can be said of the case: they may still execute.
func Unended(h *model.History, c *model.Contract) []string {
	var out []string
	for i := range h.Operations {
		op := &h.Operations[i]
		if c.Operations[op.Type].Async == nil {
			continue
		}
		var ends Ends
		told, why := false, ""
		for j := range h.Events {
			e := &h.Events[j]
			switch {
			case e.Operation != op.ID:
			case e.Kind == model.Polled:
				ends, why = append(ends, e), why+e.Err
			case e.Kind == model.Return || e.Kind == model.Answered:
				told = told || c.Accepts(op.Type, e.Answer)
			}
		}
		if told && (len(ends) == 0 || ends.came(model.PollPending)) {
			out = append(out, unended(op, why))
		}
	}
	return out
}

func unended(op *model.Operation, why string) string {
	if why != "" {
		why = " (" + why + ")"
	}
	return fmt.Sprintf("operation %s was accepted, and what came of it is not known%s: check "+
		"operations.%s.async, or set its within to more", op.ID, why, op.Type)
}

// Counterpart returns the answer that the last of some answers must be like: the first, or, where
// some say no more than "accepted", the first of those before it that says as much. grown tells
// that none does, and that the operation may have ended in between: then the two need not be like
// each other but in what they name. Nothing that had ended is accepted again: an answer that says
// no more than "accepted" must be like one that said more before.
func Counterpart[T any](
	said []T, accepts func(T) bool, before func(a, b T) bool,
) (like T, grown bool) {
	last := len(said) - 1
	for _, a := range said[:last] {
		if accepts(said[last]) && !accepts(a) && before(a, said[last]) {
			return a, false
		}
	}
	for _, a := range said[:last] {
		if accepts(a) == accepts(said[last]) {
			return a, false
		}
	}
	return said[0], true
}

// Renamed says that what was accepted has another name in the end, or "". An answer that says no
// more than "accepted" need not name anything.
func Renamed(first, later string) string {
	if first == "" || later == "" || first == later {
		return ""
	}
	return "names another thing than the first one"
}
