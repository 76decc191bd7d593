package worlds_test

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// both applies a change to an answer as the wire and as the client saw it.
func both(h *model.History, i int, change func(a *model.Answer)) {
	at := h.Events[i]
	before := *at.Answer
	for j := range h.Events {
		e := &h.Events[j]
		ours := e.Kind == model.Answered && address(*e) == address(at) ||
			e.Kind == model.Return && e.Operation == at.Operation && e.Attempt == at.Attempt
		if ours && e.Answer != nil && e.Answer.Status == before.Status && e.Answer.Body == before.Body {
			change(e.Answer)
		}
	}
}

// outcome is what an answer means.
func (k knowledge) outcome(h *model.History, e model.Event) model.Outcome {
	for _, op := range h.Operations {
		if op.ID == e.Operation {
			return k.Classify(op.Type, e.Answer)
		}
	}
	return model.Info
}

// typeOf is the type of the operation of an event.
func (k knowledge) typeOf(h *model.History, e model.Event) model.OperationType {
	i := slices.IndexFunc(h.Operations, func(op model.Operation) bool { return op.ID == e.Operation })
	return k.Operations[h.Operations[i].Type]
}

// given lists the answers of an operation with an outcome, as the wire saw them.
func (k knowledge) given(h *model.History, op string, o model.Outcome) []model.Event {
	var out []model.Event
	for _, e := range h.Events {
		if e.Kind == model.Answered && e.Operation == op && k.outcome(h, e) == o {
			out = append(out, e)
		}
	}
	return out
}

// answers are the classes that change an answer.
func (k knowledge) answers() []mutation {
	on := func(
		name, why string, o model.Outcome, change func(*model.History, int) (string, bool, bool),
	) mutation {
		return on(name, why, model.Answered, func(h *model.History, i int) (string, bool, bool) {
			if k.outcome(h, h.Events[i]) != o {
				return "", false, false
			}
			what := address(h.Events[i])
			_, changed, applies := change(h, i)
			return what, changed, applies
		})
	}
	field := func(name string, change func(any) any) func(*model.History, int) (string, bool, bool) {
		return func(h *model.History, i int) (string, bool, bool) {
			promised := k.typeOf(h, h.Events[i]).Answer.Fields[name] != ""
			body, ok := edited(h.Events[i].Answer.Body, name, change)
			both(h, i, func(a *model.Answer) { a.Body = body })
			return "", true, ok && promised
		}
	}
	more := func(v any) any { n, _ := v.(int64); return n + 1 }
	return []mutation{
		on("answer: ok to refused", "an effect of what was refused, or two answers to one operation",
			model.OK, func(h *model.History, i int) (string, bool, bool) {
				both(h, i, func(a *model.Answer) { a.Status = 402 })
				return "", true, true
			}),
		on("answer: refused to ok", "an acknowledgement without effect", model.Fail,
			func(h *model.History, i int) (string, bool, bool) {
				both(h, i, func(a *model.Answer) { a.Status = 201 })
				return "", true, true
			}),
		on("answer: amount", "no execution gives this answer", model.OK, field("amount", more)),
		on("answer: balance", "no order gives this answer", model.OK, field("balance", more)),
		on("answer: reference", "no execution gives this answer", model.OK,
			field("reference", func(any) any { return "other" })),
		on("answer: identity", "it names what was never looked up, or differs from its replays; "+
			"harmless where neither can be seen", model.OK, k.renamed),
		on("answer: empty", "a promised field is missing", model.OK,
			func(h *model.History, i int) (string, bool, bool) {
				both(h, i, func(a *model.Answer) { a.Body = "" })
				t := k.typeOf(h, h.Events[i])
				again := len(k.given(h, h.Events[i].Operation, model.OK)) > 1
				return "", len(t.Answer.Fields) > 0 || again, true
			}),
		on("refusal: body", "it differs from its replays; harmless where it is the only one", model.Fail,
			k.reworded),
		on("answer: marker", "the marker tells replays from first answers; harmless where the first "+
			"answer was lost", model.OK, k.remarked),
		on("answer: client only", "the client got what nobody sent", model.OK, k.forged),
		on("drop answer", "harmless: then nobody knows", model.OK,
			func(h *model.History, i int) (string, bool, bool) {
				lose(h, i)
				return "", false, true
			}),
		on("swap answers", "each got what belongs to the other", model.OK, k.exchanged),
	}
}

func (k knowledge) renamed(h *model.History, i int) (string, bool, bool) {
	e := h.Events[i]
	t := k.typeOf(h, e)
	again := len(k.given(h, e.Operation, model.OK)) > 1
	body, ok := edited(e.Answer.Body, t.Answer.Identity, func(any) any { return "nothing-like-it" })
	both(h, i, func(a *model.Answer) { a.Body = body })
	return "", again || t.Answer.Lookup != "", ok
}

// reworded changes what a refusal says. Only those that are stored must be repeated word for word.
func (k knowledge) reworded(h *model.History, i int) (string, bool, bool) {
	e := h.Events[i]
	refused := k.typeOf(h, e).Refused
	stored := 0
	for _, o := range k.given(h, e.Operation, model.Fail) {
		if slices.Contains(refused, o.Answer.Status) {
			stored++
		}
	}
	both(h, i, func(a *model.Answer) { a.Body = `{"title":"no"}` })
	return "", stored > 1 && slices.Contains(refused, e.Answer.Status), true
}

// remarked takes the marker away or puts it on.
func (k knowledge) remarked(h *model.History, i int) (string, bool, bool) {
	e := h.Events[i]
	unmarked, earlier := 0, false
	for _, o := range k.given(h, e.Operation, model.OK) {
		if !o.Answer.ReplayMarker {
			unmarked++
		}
	}
	for _, o := range h.Events {
		earlier = earlier || o.Kind == model.Sent && o.Operation == e.Operation && o.At <= e.At &&
			address(o) != address(e)
	}
	both(h, i, func(a *model.Answer) { a.ReplayMarker = !a.ReplayMarker })
	if e.Answer.ReplayMarker { // it is set now
		return "", !earlier, true
	}
	return "", unmarked > 0, true
}

// forged changes what the client got and not what the service sent.
func (k knowledge) forged(h *model.History, i int) (string, bool, bool) {
	e := h.Events[i]
	for j := range h.Events {
		o := &h.Events[j]
		if o.Kind == model.Return && o.Operation == e.Operation && o.Attempt == e.Attempt && o.Answer != nil {
			o.Answer.Status = 402
			return "", true, true
		}
	}
	return "", false, false
}

// lose loses an answer on the wire and at the client. Which of two payloads came first to their key
// may be open then, but one order explains what is left.
func lose(h *model.History, i int) {
	e := h.Events[i]
	for j := range h.Events {
		o := &h.Events[j]
		if o.Kind == model.Return && o.Operation == e.Operation && o.Attempt == e.Attempt {
			o.Answer, o.Err = nil, "timeout"
		}
	}
	drop(h, i)
}

// exchanged swaps the answers of two operations.
func (k knowledge) exchanged(h *model.History, i int) (string, bool, bool) {
	for j := i + 1; j < len(h.Events); j++ {
		a, b := h.Events[i], h.Events[j]
		if b.Kind != model.Answered || a.Operation == b.Operation || k.outcome(h, b) != model.OK ||
			a.Answer.Body == b.Answer.Body {
			continue
		}
		one, other := *a.Answer, *b.Answer
		both(h, i, func(to *model.Answer) { *to = other })
		both(h, j, func(to *model.Answer) { *to = one })
		return "", true, true
	}
	return "", false, false
}
