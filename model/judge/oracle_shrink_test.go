package judge_test

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// smallest drops operations, effects and events one after another while a difference stays.
func smallest(h *model.History, differs func(*model.History) bool) *model.History {
	for again := true; again; {
		again = false
		for _, smaller := range smallerHistories(h) {
			if differs(smaller) {
				h, again = smaller, true
				break
			}
		}
	}
	return h
}

// smallerHistories lists the histories with one thing less, the largest things first.
func smallerHistories(h *model.History) []*model.History {
	var out []*model.History
	for i := range h.Operations {
		out = append(out, withoutOperation(h, i))
	}
	for _, e := range h.Events {
		if e.Kind == model.Invoke {
			out = append(out, withoutAttempt(h, e))
		}
	}
	for i := range h.Events {
		less := *h
		less.Events = slices.Delete(slices.Clone(h.Events), i, i+1)
		out = append(out, &less)
	}
	for i, op := range h.Operations {
		for j := range op.Effects {
			less := *h
			less.Operations = slices.Clone(h.Operations)
			less.Operations[i].Effects = slices.Delete(slices.Clone(op.Effects), j, j+1)
			out = append(out, &less)
		}
	}
	return out
}

// withoutOperation drops an operation, what was seen of it, and what the ledger shows of it.
func withoutOperation(h *model.History, i int) *model.History {
	op, less := h.Operations[i], *h
	less.Operations = slices.Delete(slices.Clone(h.Operations), i, i+1)
	less.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e model.Event) bool {
		its := e.Kind == model.Listed && (e.Effect.Key == op.Key || e.Effect.Key == "") &&
			(e.Effect.CorrelationID == op.CorrelationID || e.Effect.CorrelationID == "")
		return e.Operation == op.ID || its
	})
	return &less
}

// withoutAttempt drops an attempt.
func withoutAttempt(h *model.History, attempt model.Event) *model.History {
	less := *h
	less.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e model.Event) bool {
		return e.Operation == attempt.Operation && e.Attempt == attempt.Attempt
	})
	return &less
}
