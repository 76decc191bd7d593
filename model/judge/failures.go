package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// failed reports whether a request failed at the service, by an answer that is declared for it or
// by any 5xx that does not say that another request is at work.
func (v *view) failed(s *subject, h *hit) bool {
	if h.answer == nil {
		return false
	}
	inFlight := slices.Contains(v.contract.Promises.InFlight, h.answer.Status)
	return v.contract.Fails(s.Operation, h.answer) ||
		h.answer.Status >= 500 && h.outcome == model.Info && !inFlight
}

// failedForGood reports whether an answer that settles nothing is right to the end, since the
// operation failed.
func (v *view) failedForGood(s *subject, a *model.Answer) bool {
	switch {
	case v.contract.Fails(s.Operation, a):
		return true
	case v.contract.RefusesFailed(a.Status):
		return slices.ContainsFunc(s.hits, func(h *hit) bool {
			return h.answer == nil || v.failed(s, h)
		})
	}
	return v.contract.Promises.Failures == "replayed" && a.Status >= 500 &&
		!v.contract.LeavesOpen(a.Status)
}

// reruns counts the requests after which an operation may execute again because they failed, where
// the contract says so. One whose end nobody saw may have failed too.
func (v *view) reruns(s *subject) int {
	n := 0
	if v.contract.Promises.Failures != "executed" {
		return n
	}
	for _, h := range s.hits {
		if h.complete && (h.answer == nil || v.failed(s, h)) {
			n++
		}
	}
	return n
}

// mayHaveDone reports whether a request that did not fail may have executed its operation.
func (v *view) mayHaveDone(s *subject, h *hit) bool {
	return h.answer != nil && h.outcome != model.Fail && !v.failed(s, h) &&
		!slices.Contains(v.contract.Promises.InFlight, h.answer.Status)
}

// repeatedFailures notes what it costs that failures are executed again: the operations that left
// an effect more than once because of it.
func (v *view) repeatedFailures() []model.Violation {
	var out []model.Violation
	for _, s := range v.subjects {
		once := v.epochs(s)
		if v.unprotected(s) || v.keyRefused(s) || v.reruns(s) == 0 || s.excess(once, false) < 0 ||
			s.excess(v.allowed(s), false) >= 0 {
			continue
		}
		found := s.withEffects(violation(fmt.Sprintf("operation %s failed and was executed again: it "+
			"left its effects %d times; promises.failures: executed allows it, and its callers pay for it",
			s.ID, s.executions()), s))
		found.Level = model.LevelNote
		out = append(out, found)
	}
	return out
}

// forgottenFailure finds a failure that is to be replayed, and a later request that got something
// else.
func (v *view) forgottenFailure(s *subject) *model.Violation {
	if v.contract.Promises.Failures != "replayed" || v.contested(s) {
		return nil
	}
	for _, first := range s.hits {
		if !v.contract.Fails(s.Operation, first.answer) || !first.complete {
			continue
		}
		for _, h := range s.hits {
			if why := v.forgot(s, first, h); why != "" {
				found := violation(fmt.Sprintf("attempt %s failed with %d, which repeats get again, and the "+
					"answer to attempt %s %s", first.name(s), first.answer.Status, h.name(s), why), s)
				found.Expected = []string{answerLine(first.answer)}
				found.Observed = []string{answerLine(h.answer)}
				return &found
			}
		}
	}
	return nil
}

// forgot says how the answer to a request is not that of an earlier one that failed, or "". What
// asks to try again, and what is said of the caller, is no answer to the operation.
func (v *view) forgot(s *subject, first, h *hit) string {
	if h.answer == nil || !h.complete || !first.answeredBefore(h) ||
		v.contract.LeavesOpen(h.answer.Status) && h.answer.Status != first.answer.Status ||
		ofCaller(h.answer.Status) {
		return ""
	}
	if h.answer.Status != first.answer.Status {
		return fmt.Sprintf("has status %d", h.answer.Status)
	}
	return v.difference(s, first.answer, h.answer)
}
