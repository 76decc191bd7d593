package judge

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// fails reports whether an answer to an operation is one that is declared for what fails by itself:
// the operation, or where a used key is answered with what it stands for, another one that has it.
func (ix *index) fails(s *operationView, a *model.Answer) bool {
	return a != nil && slices.ContainsFunc(ix.bearers(s), func(o *operationView) bool {
		return ix.contract.Fails(o.Operation, a)
	})
}

// bearers lists the operations that an answer to one may speak of.
func (ix *index) bearers(s *operationView) []*operationView {
	if ix.contract.Promises.MismatchAnswer != "replayed" {
		return []*operationView{s}
	}
	return append(ix.mates(s), s)
}

// failed reports whether a request failed at the service, by an answer that is declared for it or
// by any 5xx that does not say that another request is at work.
func (ix *index) failed(s *operationView, h *hit) bool {
	if h.answer == nil {
		return false
	}
	inFlight := slices.Contains(ix.contract.Promises.InFlight, h.answer.Status)
	return ix.fails(s, h.answer) || h.answer.Status >= 500 && h.outcome == model.Info && !inFlight
}

// mayHaveFailed reports whether a request failed, or nobody saw its end.
func (ix *index) mayHaveFailed(s *operationView, h *hit) bool {
	return h.answer == nil || ix.failed(s, h)
}

// saysFailed reports whether an answer says that an operation failed before, and may be right.
func (ix *index) saysFailed(s *operationView, a *model.Answer) bool {
	return a != nil && ix.contract.RefusesFailed(a.Status) &&
		slices.ContainsFunc(ix.bearers(s), func(o *operationView) bool {
			return slices.ContainsFunc(o.hits, func(h *hit) bool { return ix.mayHaveFailed(o, h) })
		})
}

// reconsider takes refusals that may say that an operation failed before for that: whether it was
// done, they leave open. One that was acknowledged did not fail.
func (ix *index) reconsider(s *operationView) {
	for _, h := range s.hits {
		if h.outcome == model.Fail && ix.saysFailed(s, h.answer) && !ix.doneBefore(s, h) {
			h.outcome = model.Info
		}
	}
}

// doneBefore reports whether a request came when an operation had been acknowledged and its key was
// still remembered.
func (ix *index) doneBefore(s *operationView, h *hit) bool {
	return slices.ContainsFunc(s.hits, func(o *hit) bool {
		return o.outcome == model.OK && o.answeredBefore(h) && !ix.expired(o, h)
	})
}

// freed reports whether the key of an operation may have been given away because it failed.
func (ix *index) freed(s *operationView) bool { return ix.reruns(s) > 0 }

// mayBeUndone reports whether a refusal that is stored leaves open whether an operation executed:
// it may have failed before that, and been tried again, or the contract does not say what then
// becomes of it.
func (ix *index) mayBeUndone(s *operationView) bool {
	if ix.contract.Promises.Failures != "" {
		return ix.freed(s)
	}
	return ix.contract.MayFail(s.Operation) && slices.ContainsFunc(s.hits, func(h *hit) bool {
		return h.arrived() && (h.answer == nil || ix.fails(s, h.answer))
	})
}

// failedForGood reports whether an answer that settles nothing may be right to the end, since the
// operation failed.
func (ix *index) failedForGood(s *operationView, a *model.Answer) bool {
	if a == nil {
		return false
	}
	replayed := ix.contract.Promises.Failures == "replayed" && a.Status >= 500
	return ix.fails(s, a) || ix.saysFailed(s, a) || replayed && !ix.contract.LeavesOpen(a.Status)
}

// arrived reports whether, for all that was seen, the whole of a request reached the service.
func (h *hit) arrived() bool { return h.complete || h.sent == never }

// reruns counts the requests after which an operation may execute again because they failed, where
// the contract says so. One whose end nobody saw may have failed too.
func (ix *index) reruns(s *operationView) int {
	if ix.contract.Promises.Failures != "executed" {
		return 0
	}
	return len(lists.Where(s.hits, func(h *hit) bool {
		return h.arrived() && ix.mayHaveFailed(s, h)
	}))
}

// mayHaveDone reports whether a request that did not fail may have executed its operation.
func (ix *index) mayHaveDone(s *operationView, h *hit) bool {
	return h.answer != nil && h.outcome != model.Fail && !ix.failed(s, h) &&
		!slices.Contains(ix.contract.Promises.InFlight, h.answer.Status)
}

// repeatedFailures notes what it costs that failures are executed again: the operations that left
// an effect more than once because of it.
func (v *view) repeatedFailures() []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		once := v.epochs(s)
		if v.unprotected(s) || v.keyRefused(s) || v.reruns(s) == 0 || v.excess(s, once, false) < 0 ||
			v.excess(s, v.allowed(s), false) >= 0 {
			continue
		}
		found := v.withEffects(s, violation(fmt.Sprintf("operation %s failed and was executed again: it "+
			"left its effects %d times; promises.failures: executed allows it, and its callers pay for it",
			s.ID, v.executions(s)), s))
		found.Level = verdict.LevelNote
		out = append(out, found)
	}
	return out
}

// forgottenFailure finds a failure of which repeats get the same answer, or a refusal, and a later
// request that got something else.
func (ix *index) forgottenFailure(s *operationView) *verdict.Violation {
	first, h, why := ix.afterFailure(s, ix.forgot)
	if why == "" {
		return nil
	}
	then, expected := "which repeats get again", []string{answerLine(first.answer)}
	if ix.contract.Promises.Failures == "refused" {
		then, expected = "after which it is refused", nil
		for _, status := range ix.contract.Promises.Failed {
			expected = append(expected, fmt.Sprint(status))
		}
	}
	found := violation(fmt.Sprintf("attempt %s failed with %d, %s, and the answer to attempt %s %s",
		first.name(s), first.answer.Status, then, h.name(s), why), s)
	found.Expected, found.Observed = expected, []string{answerLine(h.answer)}
	return &found
}

// afterFailure returns a request that failed as declared and a later one, with what is wrong with
// the answer to that; or "" and nothing. A status that may ask to try again need not be that of a
// failure. What is said of the caller, or of a key that expired, is no answer to the operation.
func (ix *index) afterFailure(
	s *operationView, wrong func(s *operationView, first, h *hit) string,
) (first, later *hit, why string) {
	p := ix.contract.Promises
	if p.Failures != "replayed" && p.Failures != "refused" || ix.contested(s) {
		return nil, nil, ""
	}
	for _, first := range s.hits {
		if !ix.fails(s, first.answer) || !first.complete || ix.contract.LeavesOpen(first.answer.Status) {
			continue
		}
		for _, h := range s.hits {
			if h.answer == nil || !h.complete || !first.answeredBefore(h) || ofCaller(h.answer.Status) ||
				ix.contract.LeavesOpen(h.answer.Status) ||
				p.Retention > 0 && slices.Contains(p.Expired, h.answer.Status) {
				continue
			}
			if why := wrong(s, first, h); why != "" {
				return first, h, why
			}
		}
	}
	return nil, nil, ""
}

// forgot says how the answer to a request is not what is declared for an operation that failed, or
// "".
func (ix *index) forgot(s *operationView, first, h *hit) string {
	status := h.answer.Status
	refused := ix.contract.Promises.Failures == "refused"
	switch {
	case refused && (ix.contract.RefusesFailed(status) || ix.fails(s, h.answer)):
		return ""
	case refused || status != first.answer.Status:
		return fmt.Sprintf("has status %d", status)
	}
	return ix.difference(s, first.answer, h.answer)
}

// retypedFailures finds replays of failures that have other headers than the first answer.
func (v *view) retypedFailures() []verdict.Violation {
	var out []verdict.Violation
	for _, s := range v.operations {
		if v.contract.Promises.Failures != "replayed" || !v.ordinary(s) || v.renewed(s) {
			continue
		}
		first, h, why := v.afterFailure(s, func(_ *operationView, first, h *hit) string {
			if h.answer.Status != first.answer.Status {
				return ""
			}
			return v.contract.Promises.HeaderDifference(first.answer, h.answer)
		})
		if why == "" {
			continue
		}
		found := violation(fmt.Sprintf("the answer to attempt %s, which repeats that of attempt %s, %s",
			h.name(s), first.name(s), why), s)
		found.Expected = []string{answerLine(first.answer)}
		found.Observed = []string{answerLine(h.answer)}
		out = append(out, found)
	}
	return out
}
