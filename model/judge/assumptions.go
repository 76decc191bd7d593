package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// checkAssumptions checks the history itself: every attempt began and ended, every planned fault
// fired, planned races overlapped, wire and client agree, and what the contract lets us read was
// read. A history that lost a line must not pass for a whole one.
func (v *view) checkAssumptions() {
	for _, s := range v.operations {
		v.checkOperation(s)
	}
	v.checkStates()
	v.checkAnswers()
}

func (v *view) checkOperation(s *operationView) {
	v.checkTries(s)
	v.checkHits(s)
	v.checkFaults(s)
	v.checkLookup(s)
}

func (v *view) checkFaults(s *operationView) {
	for _, e := range s.faults {
		if !e.Fired {
			v.doubt("%s", misfire(e))
		}
	}
}

// doubt adds a reason for the verdict to be unknown.
func (v *view) doubt(format string, values ...any) {
	v.reasons = append(v.reasons, fmt.Sprintf(format, values...))
}

// checkTries: what a client did has a beginning and an end, in this order.
func (v *view) checkTries(s *operationView) {
	if len(s.tries) == 0 {
		v.doubt("nothing was seen of operation %s", s.ID)
	}
	for _, t := range s.tries {
		switch {
		case t.returned == never:
			v.doubt("attempt %s.%d never ended", s.ID, t.number)
		case t.returned < t.invoked:
			v.doubt("attempt %s.%d ended before it began", s.ID, t.number)
		case t.final && v.healed == never:
			v.doubt("attempt %s.%d was made after everything healed, and nothing says when that was",
				s.ID, t.number)
		case s.contradicted(t):
			v.doubt("the client of attempt %s.%d got another answer than the service gave",
				s.ID, t.number)
		}
	}
	for _, n := range s.unbegun {
		v.doubt("attempt %s.%d ended and never began", s.ID, n)
	}
}

// contradicted reports whether the wire saw all answers to an attempt, and none that its client
// got.
func (s *operationView) contradicted(t *try) bool {
	all := s.hitsOf(t)
	return t.answer != nil && len(all) > 0 && !s.fromNetwork(t) &&
		!slices.ContainsFunc(all, func(h *hit) bool {
			return h.answer == nil || sameAnswer(h.answer, t.answer)
		})
}

// checkHits: what the wire saw has a beginning and an end, in this order, and belongs to an
// attempt.
func (v *view) checkHits(s *operationView) {
	for _, h := range s.hits {
		switch {
		case s.try(h.attempt) == nil:
			v.doubt("attempt %s was at the service and never began", h.name(s))
		case (h.answered != never || h.cut) && h.sent == never:
			v.doubt("attempt %s was answered by the service and never got there", h.name(s))
		case h.answered != never && h.answered < h.sent, h.cut && h.endPlace < h.sentPlace:
			v.doubt("attempt %s was answered before it was sent", h.name(s))
		}
	}
}

// checkLookup: what an acknowledgement names was looked up where the contract says how.
func (v *view) checkLookup(s *operationView) {
	if s.typ.Answer.Lookup == "" || s.lookedUp || len(v.unread) > 0 {
		return
	}
	named := func(h *hit) bool { return s.identity(h.answer) != "" }
	if slices.ContainsFunc(s.answers(model.OK), named) {
		v.doubt("what the answer to %s names was not looked up", s.ID)
	}
}

// checkStates: every variable that had a value at the beginning was read at the end, where the
// contract says how.
func (v *view) checkStates() {
	if len(v.unread) > 0 {
		return
	}
	for _, name := range v.history.Initial.Names() {
		if !v.wasRead(name) {
			v.doubt("the final value of %s was not read", name)
		}
	}
}

// wasRead reports whether the final value of a variable is known, or nobody reads it.
func (v *view) wasRead(name string) bool {
	_, read := v.final[name]
	return read || !v.contract.Reads(name[strings.LastIndexByte(name, '.')+1:])
}

// misfire says which planned fault or race did not happen.
func misfire(e *model.Event) string {
	out := fmt.Sprintf("%s at %s.%d did not happen", missed(e), e.Operation, e.Attempt)
	if e.Detail != "" {
		out += " (" + e.Detail + ")"
	}
	return out
}

// missed names what did not happen, as an event has it.
func missed(e *model.Event) string {
	if e.Kind == model.FaultReported {
		return string(e.Fault.Kind)
	}
	return "copies that should have raced"
}

// checkAnswers: what the service answered could be read.
func (v *view) checkAnswers() {
	for _, s := range v.operations {
		for _, h := range s.hits {
			if why := h.answer.Unread(); why != "" {
				v.doubt("the answer to attempt %s cannot be read: %s", h.name(s), why)
			}
		}
	}
}

// sameAnswer compares what rules look at.
func sameAnswer(a, b *model.Answer) bool {
	return b != nil && a.Status == b.Status && a.ReplayMarker == b.ReplayMarker && a.Body == b.Body
}
