package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// spoiltRepeats finds operations that were settled, by an acknowledgement or by a refusal that is
// stored, and of which a repeat then got an answer that the contract has nowhere, or none.
func (v *view) spoiltRepeats() []verdict.Violation {
	plain := lists.Where(v.operations, func(s *operationView) bool {
		return v.ordinary(s) && !v.contested(s) && !v.renewed(s)
	})
	var out []verdict.Violation
	for _, s := range plain {
		if found := v.spoilt(s); found != nil {
			out = append(out, *found)
		}
	}
	return out
}

// spoilt reports the first repeat of an operation that was answered badly. What a service in
// trouble says, or does not say, may have another cause than the repeat: it depends on timing.
func (v *view) spoilt(s *operationView) *verdict.Violation {
	for _, h := range s.hits {
		first := v.settledBefore(s, h)
		if first == nil {
			first = v.refusedBefore(s, h)
		}
		if first == nil || !h.complete || v.expired(first, h) || len(v.beside(s, h, false)) > 0 {
			continue
		}
		why := v.strange(s, first, h)
		if h.answer == nil {
			why = v.brokenOff(s, h)
		}
		if why == "" {
			continue
		}
		found := violation(fmt.Sprintf("attempt %s %s after attempt %s was %s",
			h.name(s), why, first.name(s), first.settles()), s)
		found.Expected = []string{answerLine(first.answer)}
		found.Observed = []string{"no answer"}
		if h.answer != nil {
			found.Observed = []string{answerLine(h.answer)}
		}
		found.Timed = h.answer == nil || h.answer.Status >= 500
		return &found
	}
	return nil
}

// settles says what an answer that settles an operation did.
func (h *hit) settles() string {
	if h.outcome == model.OK {
		return "acknowledged"
	}
	return "refused"
}

// settledBefore returns a request of an operation whose answer settled it before another one was
// sent, or nil.
func (ix *index) settledBefore(s *operationView, h *hit) *hit {
	for _, o := range s.hits {
		if ix.takes(s, o) && o.answeredBefore(h) {
			return o
		}
	}
	return nil
}

// refusedBefore returns a request of an operation that was refused before another one was sent,
// where refusals are not stored, or nil. What comes after is executed, or refused, anew: after
// everything healed a 5xx is neither, unless it is declared.
func (ix *index) refusedBefore(s *operationView, h *hit) *hit {
	p := ix.contract.Promises
	if !h.final || h.answer == nil || h.answer.Status < 500 || p.Errors != "executed" ||
		p.Failures != "" || ix.failedForGood(s, h.answer) {
		return nil
	}
	before, _ := lists.First(s.answers(model.Fail), func(o *hit) bool {
		return ix.refusesWork(s, o) && o.answeredBefore(h)
	})
	return before
}

// strange says that a repeat was answered with a status that nobody declared for it, or "". Another
// success after a success, and what refuses a key, other rules judge. What is said to a client that
// has gone is said to nobody.
func (ix *index) strange(s *operationView, first, h *hit) string {
	if h.answer == nil || !s.heard(h) || !h.final && ix.crashed() {
		return ""
	}
	status := h.answer.Status
	undeclared := ix.undeclared(h) && (first.outcome == model.Fail || status/100 != 2)
	plain := ix.contract.Promises.SameStatus()
	if undeclared && (plain || status >= 500) ||
		plain && first.outcome == model.Fail && ix.ofKey(s, h) {
		return fmt.Sprintf("was answered %d, which is no answer to it,", status)
	}
	return ""
}

// ofKey reports whether a refusal says of a good key that it is none.
func (ix *index) ofKey(s *operationView, h *hit) bool {
	p, status := ix.contract.Promises, h.answer.Status
	others := slices.Concat(s.typ.Refused, p.Mismatch, p.SameBody, p.Expired)
	return h.outcome == model.Fail && !slices.Contains(others, status)
}

// brokenOff says that the service ended the connection of a repeat without a whole answer while its
// client waited, or "". While faults are about, and where something could not be read, nobody knows
// whose doing it was.
func (v *view) brokenOff(s *operationView, h *hit) string {
	if h.answered == never || h.cut || !h.final || len(v.reasons) > 0 || s.left(h) {
		return ""
	}
	return "got no whole answer"
}

// left reports whether the client of a request had gone when the service came to an end with it,
// as one that gave up by itself had: who ends a connection before that is seen to do so.
func (s *operationView) left(h *hit) bool {
	t := s.try(h.attempt)
	if t == nil || t.returned == never {
		return false
	}
	return t.err == "timeout" || moment{t.returned, t.to}.before(h.end())
}

// heard reports whether the client of a request got its answer.
func (s *operationView) heard(h *hit) bool {
	t := s.try(h.attempt)
	return t != nil && t.answer != nil && t.answer.Status == h.answer.Status
}

// crashed reports whether the service was ended and started again.
func (ix *index) crashed() bool {
	return slices.ContainsFunc(ix.operations, func(s *operationView) bool {
		return slices.ContainsFunc(s.faults, func(e *model.Event) bool {
			return e.Kind == model.FaultReported && e.Fault.Kind.Traits().EndsService
		})
	})
}

// strangeBeside finds requests that were answered, while another of their operation was at work,
// with a status that nobody declared. That may have another cause than the overlap: it hangs on
// time. What is said of the caller or of too much traffic is not said of the overlap.
func (v *view) strangeBeside() []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		h, beside := v.undeclaredBeside(s)
		if h == nil || !v.ordinary(s) {
			continue
		}
		found := violation(fmt.Sprintf("attempt %s was answered %d while attempt %s was at work; the "+
			"contract does not allow that", h.name(s), h.answer.Status, beside.name(s)), s)
		for _, status := range slices.Concat(s.typ.OK, v.contract.Promises.InFlight) {
			found.Expected = append(found.Expected, fmt.Sprint(status))
		}
		found.Observed, found.Timed = []string{answerLine(h.answer)}, true
		out = append(out, found)
	}
	return out
}

// undeclaredBeside returns a request with such an answer, and one that was at work with it, or nil.
func (ix *index) undeclaredBeside(s *operationView) (h, beside *hit) {
	for i, b := range s.hits {
		for _, a := range s.hits[:i] {
			if !a.overlaps(b) || a.answer == nil || b.answer == nil {
				continue
			}
			if ix.undeclared(a) && !ix.failedForGood(s, a.answer) {
				return a, b
			}
			if ix.undeclared(b) && !ix.failedForGood(s, b.answer) {
				return b, a
			}
		}
	}
	return nil, nil
}

// undeclared reports whether the contract has an answer nowhere.
func (ix *index) undeclared(h *hit) bool {
	status := h.answer.Status
	return h.outcome == model.Info && !ix.contract.LeavesOpen(status) && !ofCaller(status)
}
