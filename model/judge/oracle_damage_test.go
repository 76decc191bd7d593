package judge_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// damage changes one to three things in a history, so that most are wrong in one way.
func (w *world) damage(h *model.History) {
	for range one(w.dice, 1, 1, 1, 2, 3) {
		if len(h.Events) > 0 {
			w.damageOnce(h)
		}
	}
	if w.contract.Session != nil && w.chance(60) {
		w.burn(h)
	}
}

// burn repeats an operation once more before anything is read, after all the time that a key has to
// recover, and tells whoever asks to log in again.
func (w *world) burn(h *model.History) {
	read := []model.EventKind{model.Listed, model.Observed, model.SignedIn}
	i := slices.IndexFunc(h.Events, func(e model.Event) bool { return slices.Contains(read, e.Kind) })
	if i < 0 {
		return
	}
	op, n := one(w.dice, h.Operations...).ID, 1
	for _, e := range h.Events {
		if e.Operation == op {
			n = max(n, e.Attempt+1)
		}
	}
	const wait = 25 * time.Millisecond
	at, says := h.Events[i].At+wait, &model.Answer{Status: 401}
	var again []model.Event
	for _, e := range []model.Event{
		{Kind: model.Invoke},
		{Kind: model.Sent, Hit: 1, Complete: true},
		{Kind: model.Answered, Hit: 1, Answer: says},
		{Kind: model.Return, Answer: says},
	} {
		e.Operation, e.Attempt, e.Final, e.At = op, n, true, at
		again = append(again, e)
		at += time.Millisecond
	}
	later := at - h.Events[i].At
	for j := i; j < len(h.Events); j++ {
		h.Events[j].At += later
	}
	h.Events = slices.Insert(h.Events, i, again...)
}

func (w *world) damageOnce(h *model.History) {
	switch w.dice.IntN(12) {
	case 0: // something was not recorded
		i := w.dice.IntN(len(h.Events))
		h.Events = slices.Delete(h.Events, i, i+1)
	case 1: // two things happened in another order
		w.swap(h)
	case 2:
		by := one(w.dice, int64(-1), 1, 2, 3)
		w.change(h, model.Observed, func(e *model.Event) { e.Value = e.Value.(int64) + by })
	case 3:
		w.change(h, model.LookedUp, func(e *model.Event) { e.Exists = false })
	case 4, 5:
		w.damageLedger(h)
	case 6: // the ledger shows something again
		w.change(h, model.Listed, func(e *model.Event) { h.Events = append(h.Events, *e) })
	case 7:
		w.change(h, model.Listed, func(e *model.Event) {
			h.Events = slices.DeleteFunc(h.Events, func(o model.Event) bool { return o.Effect == e.Effect })
		})
	default:
		w.damageAnswer(h)
	}
}

// change changes one event of a kind.
func (w *world) change(h *model.History, kind model.EventKind, do func(*model.Event)) {
	var found []int
	for i, e := range h.Events {
		if e.Kind == kind {
			found = append(found, i)
		}
	}
	if len(found) > 0 {
		do(&h.Events[one(w.dice, found...)])
	}
}

// swap exchanges what happened at two times.
func (w *world) swap(h *model.History) {
	i, j := w.dice.IntN(len(h.Events)), w.dice.IntN(len(h.Events))
	x, y := h.Events[i], h.Events[j]
	x.At, y.At = y.At, x.At
	h.Events[i], h.Events[j] = y, x
}

// damageLedger changes what an item says.
func (w *world) damageLedger(h *model.History) {
	w.change(h, model.Listed, func(e *model.Event) {
		item := *e.Effect
		other := one(w.dice, h.Operations...)
		switch w.dice.IntN(6) {
		case 0:
			item.Key = ""
		case 1:
			item.CorrelationID = ""
		case 2:
			item.Key = other.Key
		case 3:
			item.CorrelationID = other.CorrelationID
		case 4:
			item.Fields = maps.Clone(item.Fields)
			if item.Fields != nil {
				item.Fields["amount"] = int64(1 + w.dice.IntN(3))
			}
		case 5:
			item.Resource = one(w.dice, "t/A", "t/B")
		}
		e.Effect = &item
	})
}

// damageAnswer changes what somebody was answered, on the wire and for the client.
func (w *world) damageAnswer(h *model.History) {
	var answered []*model.Answer
	for _, e := range h.Events {
		if e.Answer != nil {
			answered = append(answered, e.Answer)
		}
	}
	if len(answered) == 0 {
		return
	}
	old, other := one(w.dice, answered...), one(w.dice, answered...)
	a := *old
	switch w.dice.IntN(9) {
	case 8:
		a.Headers = map[string]string{"Content-Type": one(w.dice, mediaTypes()...)}
	case 0, 1:
		a.Status = one(w.dice, 201, 200, 400, 401, 402, 409, 410, 412, 414, 422, 429, 500, 502, 503)
	case 2:
		a.ReplayMarker = !a.ReplayMarker
	case 3:
		a.Body = other.Body
	case 4, 5:
		a = *other
	case 6:
		a.Body = fmt.Sprintf(`{"balance":%d,"id":"c%d"}`, w.dice.IntN(100), 1+w.dice.IntN(4))
	case 7:
		a.Body = one(w.dice, "", "[", `{"id":"c1"}`, "null")
	}
	for i, e := range h.Events {
		if e.Answer == old {
			h.Events[i].Answer = &a
		}
	}
}

// mediaTypes are one media type in several ways, and then others.
func mediaTypes() []string {
	return []string{
		"application/json", "application/json; charset=utf-8", `Application/JSON;charset="UTF-8"`,
		"text/plain", "application/json; charset=latin1", "",
	}
}

// scramble makes a history of the operations of a world out of nothing.
func (w *world) scramble() *model.History {
	h := &model.History{Operations: slices.Clone(w.ops), Initial: w.initial}
	at := time.Duration(0)
	see := func(e model.Event) {
		at += time.Duration(w.dice.IntN(4)) * time.Millisecond
		e.At = at
		h.Events = append(h.Events, e)
	}
	requests := 0
	for range 1 + w.dice.IntN(4) {
		requests++
		w.scrambleRequest(h, requests, see)
	}
	for range w.dice.IntN(6) {
		op := one(w.dice, h.Operations...)
		if len(op.Effects) > 0 {
			item := one(w.dice, op.Effects...)
			item.Notification = false
			if w.chance(30) {
				item.CorrelationID = ""
			} else if w.chance(30) {
				item.Key = ""
			}
			see(model.Event{Kind: model.Listed, Effect: &item})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.initial)) {
		value := w.initial[name].(int64) - int64(w.dice.IntN(3))
		if w.chance(50) {
			see(model.Event{Kind: model.Observed, Name: name, Value: value})
		}
	}
	return h
}

// scrambleRequest is an attempt with one request and any answer, some of it in any order.
func (w *world) scrambleRequest(h *model.History, n int, see func(model.Event)) {
	op := one(w.dice, h.Operations...).ID
	status := one(w.dice, 201, 201, 201, 402, 409, 412, 422, 500, 503)
	a := &model.Answer{Status: status, ReplayMarker: w.chance(30)}
	if a.Status == 201 {
		a.Body = fmt.Sprintf(`{"balance":%d,"id":"c%d"}`, 1+w.dice.IntN(5), 1+w.dice.IntN(2))
	}
	begin := len(h.Events)
	see(model.Event{Kind: model.Invoke, Operation: op, Attempt: n})
	see(model.Event{Kind: model.Sent, Operation: op, Attempt: n, Hit: 1, Complete: w.chance(90)})
	if w.chance(80) {
		see(model.Event{Kind: model.Answered, Operation: op, Attempt: n, Hit: 1, Answer: a})
	}
	if w.chance(70) {
		see(model.Event{Kind: model.Return, Operation: op, Attempt: n, Answer: a})
	} else {
		see(model.Event{Kind: model.Return, Operation: op, Attempt: n, Err: "timeout"})
	}
	if begin > 0 && w.chance(50) {
		w.swap(h)
	}
	model.SortEvents(h.Events)
}
