package worlds_test

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// The knowledge of what changes the meaning. It looks at the history before or after the change and
// never asks the judge.

// mutations lists the classes.
func mutations(c *model.Contract) []mutation {
	k := knowledge{c}
	return slices.Concat(k.effects(), k.states(), k.events(), k.answers(), k.orders())
}

// knowledge is what a person knows of a contract.
type knowledge struct{ *model.Contract }

// on makes a class of the events of a kind.
func on(
	name, why string, kind model.EventKind,
	change func(h *model.History, i int) (what string, changed, applies bool),
) mutation {
	return mutation{name, why, func(h *model.History, i int) (string, bool, bool) {
		if h.Events[i].Kind != kind {
			return "", false, false
		}
		return change(h, i)
	}}
}

func drop(h *model.History, i int) { h.Events = slices.Delete(h.Events, i, i+1) }

func address(e model.Event) string { return fmt.Sprintf("%s.%d#%d", e.Operation, e.Attempt, e.Hit) }

// effects are the classes that change what the ledgers show. In a valid history every item belongs
// to an operation that executed, and the state shows that it did.
func (k knowledge) effects() []mutation {
	edit := func(name, why string, change func(e *model.Effect) bool) mutation {
		return on(name, why, model.Listed, func(h *model.History, i int) (string, bool, bool) {
			e := h.Events[i].Effect
			return e.Kind + " " + e.CorrelationID, true, change(e)
		})
	}
	return []mutation{
		on("drop effect", "what executed left all of its effects", model.Listed,
			func(h *model.History, i int) (string, bool, bool) {
				what := h.Events[i].Effect.Kind + " " + h.Events[i].Effect.CorrelationID
				drop(h, i)
				return what, true, true
			}),
		on("duplicate effect", "each effect is there once", model.Listed,
			func(h *model.History, i int) (string, bool, bool) {
				h.Events = append(h.Events, h.Events[i])
				return h.Events[i].Effect.Kind + " " + h.Events[i].Effect.CorrelationID, true, true
			}),
		edit("effect: amount", "it is no effect of its operation", func(e *model.Effect) bool {
			n, ok := e.Fields["amount"].(int64)
			e.Fields["amount"] = n + 1
			return ok && e.Kind != "receipt"
		}),
		edit("effect: kind", "it is no effect of its operation", func(e *model.Effect) bool {
			e.Kind += "s"
			return true
		}),
		edit("effect: resource", "it is no effect of its operation", func(e *model.Effect) bool {
			e.Resource += "0"
			return true
		}),
		edit("effect: owner nobody", "nobody asked for it", func(e *model.Effect) bool {
			named(e, "nobody", "nobody")
			return true
		}),
		on("effect: owner another", "one has too few and the other too many", model.Listed,
			func(h *model.History, i int) (string, bool, bool) {
				e := h.Events[i].Effect
				for _, op := range h.Operations {
					if op.Key != e.Key && op.CorrelationID != e.CorrelationID {
						what := e.CorrelationID + " to " + op.CorrelationID
						named(e, op.Key, op.CorrelationID)
						return what, true, true
					}
				}
				return "", false, false
			}),
		on("effect: key only", "harmless: the correlation ID of the payload says whose it is where it is unique",
			model.Listed, func(h *model.History, i int) (string, bool, bool) {
				e := h.Events[i].Effect
				e.Key = "another"
				return e.Kind + " " + e.CorrelationID, false, sharing(h, e.CorrelationID) == 1
			}),
		on("swap effect owners", "harmless where both items are alike but for the name", model.Listed,
			func(h *model.History, i int) (string, bool, bool) {
				a := h.Events[i].Effect
				for j := i + 1; j < len(h.Events); j++ {
					b := h.Events[j].Effect
					if b == nil || a.Key == b.Key || a.CorrelationID == b.CorrelationID {
						continue
					}
					alike := a.Kind == b.Kind && a.Resource == b.Resource &&
						value.Equal(a.Fields["amount"], b.Fields["amount"])
					key, id := a.Key, a.CorrelationID
					named(a, b.Key, b.CorrelationID)
					named(b, key, id)
					return a.CorrelationID + " and " + b.CorrelationID, !alike, true
				}
				return "", false, false
			}),
	}
}

// named gives an effect to another operation, everywhere where the item says whose it is.
func named(e *model.Effect, key, id string) {
	e.Key, e.CorrelationID = key, id
	if _, shown := e.Fields["reference"]; shown {
		e.Fields["reference"] = id
	}
}

// sharing counts the operations with a correlation ID.
func sharing(h *model.History, id string) int {
	n := 0
	for _, op := range h.Operations {
		if op.CorrelationID == id {
			n++
		}
	}
	return n
}

// needed reports whether something that was sent explains an answer: its own, or one that is marked
// as a replay although nothing else was sent before.
func needed(h *model.History, sent model.Event) bool {
	return slices.ContainsFunc(h.Events, func(answer model.Event) bool {
		if answer.Kind != model.Answered || answer.Operation != sent.Operation {
			return false
		}
		if address(answer) == address(sent) {
			return true
		}
		marked := answer.Answer != nil && answer.Answer.ReplayMarker
		return marked && !slices.ContainsFunc(h.Events, func(o model.Event) bool {
			return o.Kind == model.Sent && o.Operation == sent.Operation && o.At <= answer.At &&
				address(o) != address(sent) && address(o) != address(answer)
		})
	})
}

// states are the classes that change what was read at the end.
func (k knowledge) states() []mutation {
	return []mutation{
		on("state: value", "the operations explain another value", model.Observed,
			func(h *model.History, i int) (string, bool, bool) {
				n, ok := h.Events[i].Value.(int64)
				h.Events[i].Value = n - 1
				return h.Events[i].Name, true, ok
			}),
		on("drop state", "the evidence is gone", model.Observed,
			func(h *model.History, i int) (string, bool, bool) {
				what := h.Events[i].Name
				drop(h, i)
				return what, true, true
			}),
		on("lookup: gone", "an answer names what does not exist", model.LookedUp,
			func(h *model.History, i int) (string, bool, bool) {
				h.Events[i].Exists = false
				return h.Events[i].Operation, true, true
			}),
		on("drop lookup", "the evidence is gone", model.LookedUp,
			func(h *model.History, i int) (string, bool, bool) {
				what := h.Events[i].Operation
				drop(h, i)
				return what, true, true
			}),
	}
}

// events are the classes that leave out or repeat a line about an attempt or a fault.
func (k knowledge) events() []mutation {
	dropped := func(
		name, why string, kind model.EventKind, changes func(*model.History, model.Event) bool,
	) mutation {
		return on(name, why, kind, func(h *model.History, i int) (string, bool, bool) {
			e := h.Events[i]
			changed := changes(h, e)
			drop(h, i)
			return address(e), changed, true
		})
	}
	always := func(*model.History, model.Event) bool { return true }
	never := func(*model.History, model.Event) bool { return false }
	repeated := func(kind model.EventKind, why string, changed bool) mutation {
		return on("duplicate "+string(kind), why, kind,
			func(h *model.History, i int) (string, bool, bool) {
				h.Events = slices.Insert(h.Events, i, h.Events[i])
				return address(h.Events[i]), changed, true
			})
	}
	return []mutation{
		dropped("drop invoke", "an attempt ends that never began", model.Invoke, always),
		dropped("drop return", "an attempt never ends", model.Return, always),
		dropped("drop sent", "an answer to nothing, or a replay of nothing; harmless where no answer came",
			model.Sent, needed),
		dropped("drop answered", "harmless: the client's answer says the same, or nobody knows",
			model.Answered, never),
		dropped("drop fault", "harmless, except where a gateway answered in place of the service",
			model.FaultReported, func(_ *model.History, e model.Event) bool {
				return e.Fault.Kind == fault.GatewayError
			}),
		dropped("drop heal", "attempts after healing, and no healing", model.Healed,
			func(h *model.History, _ model.Event) bool {
				return slices.ContainsFunc(h.Events, func(o model.Event) bool { return o.Final })
			}),
		on("fault: missed", "what was planned did not happen", model.FaultReported,
			func(h *model.History, i int) (string, bool, bool) {
				h.Events[i].Fired = false
				return address(h.Events[i]), true, true
			}),
		repeated(model.Invoke, "one attempt begins twice and ends once", true),
		repeated(model.Return, "harmless: it says the same again", false),
		repeated(model.Sent, "harmless: it says the same again", false),
		repeated(model.Answered, "harmless: it says the same again", false),
		repeated(model.Observed, "harmless: it says the same again", false),
	}
}

// orders are the classes that change when something happened.
func (k knowledge) orders() []mutation {
	swapped := func(name, why string, changed bool, pair func(a, b model.Event) bool) mutation {
		return mutation{name, why, func(h *model.History, i int) (string, bool, bool) {
			for j := i + 1; j < len(h.Events); j++ {
				if a, b := &h.Events[i], &h.Events[j]; pair(*a, *b) {
					*a, *b = *b, *a
					a.At, b.At = b.At, a.At
					return address(*a) + " and " + address(*b), changed, true
				}
			}
			return "", false, false
		}}
	}
	same := func(a, b model.Event) bool { return a.Operation != "" && address(a) == address(b) }
	return []mutation{
		swapped("swap sent and answered", "an answer before its request", true,
			func(a, b model.Event) bool {
				return a.Kind == model.Sent && b.Kind == model.Answered && same(a, b) && a.At < b.At
			}),
		swapped("swap invoke and return", "an attempt ends before it begins", true,
			func(a, b model.Event) bool {
				return a.Kind == model.Invoke && b.Kind == model.Return && same(a, b) && a.At < b.At
			}),
		swapped("swap items of the ledger", "harmless: ledgers promise no order", false,
			func(a, b model.Event) bool { return a.Kind == model.Listed && b.Kind == model.Listed }),
		swapped("swap states", "harmless: both are read at the end", false,
			func(a, b model.Event) bool { return a.Kind == model.Observed && b.Kind == model.Observed }),
		swapped("swap event and fault", "harmless: a fault is seen when it is seen", false,
			func(a, b model.Event) bool {
				return a.Kind == model.FaultReported && b.Kind == model.FaultReported && !same(a, b)
			}),
	}
}
