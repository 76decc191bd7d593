package judge

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestACorrectServiceIsNeverInvalid(t *testing.T) {
	judgedValid := 0
	law(t, 1500, func(w drawnWorld, ops []drawnOperation) string {
		h, c := simulate(w, ops)
		v := Judge(h, c, bank{})
		if v.Verdict == verdict.Valid {
			judgedValid++
		}
		if v.Verdict == verdict.Invalid {
			return rulesOf(v) + "\n" + notation.Format(h)
		}
		return ""
	}, genWorld(), genOperations())
	// Only payloads that overlap under one key leave a correct service unjudged.
	require.Greater(t, judgedValid, 2000, "too few of 3000 histories were judged")
}

// sabotage breaks the history of a correct service in one way and names the rules of which one
// must say so. It returns nil when the history has no place for that.
type sabotage func(v *view, h *model.History, at int) []string

// sensitive checks that a sabotage never goes unseen, and that it found enough places.
func sensitive(t *testing.T, breaks sabotage) {
	t.Helper()
	places := 0
	law(t, 300, func(w drawnWorld, ops []drawnOperation, at int) string {
		w.Jumps = nil
		h, c := simulate(w, ops)
		if Judge(h, c, bank{}).Verdict != verdict.Valid {
			return ""
		}
		want := breaks(newIndex(h, c).in(&reading{}), h, at)
		if want == nil {
			return ""
		}
		places++
		v := Judge(h, c, bank{})
		for _, found := range v.Violations {
			if slices.Contains(want, found.Rule) {
				return ""
			}
		}
		return fmt.Sprintf("want one of %v, got %s %s %v\n%s",
			want, v.Verdict, rulesOf(v), v.Reasons, notation.Format(h))
	}, genWorld(), genOperations(), genIndex())
	require.Greater(t, places, 60, "too few of 600 histories had a place for it")
}

// ownerOf returns the operation that has the ledger item of an event.
func (v *view) ownerOf(e *model.Effect) *operationView {
	for _, s := range v.operations {
		for _, items := range v.found(s) {
			if slices.Contains(items, e) {
				return s
			}
		}
	}
	return nil
}

// choose returns one of the events of a kind that fit, or nil; at says which.
func (v *view) choose(kind model.EventKind, at int, fits func(*model.Event) bool) *model.Event {
	var fitting []int
	for _, i := range where(v.history, kind) {
		if fits(&v.history.Events[i]) {
			fitting = append(fitting, i)
		}
	}
	return pick(v.history, fitting, at)
}

func TestASecondEffectIsSeen(t *testing.T) {
	sensitive(t, func(v *view, h *model.History, at int) []string {
		// Without a key nobody promises that an operation happens once.
		e := v.choose(model.Listed, at, func(e *model.Event) bool { return !v.unprotected(v.ownerOf(e.Effect)) })
		if e == nil {
			return nil
		}
		h.Events = append(h.Events, *e)
		if e.Effect.Kind == "receipt" {
			return []string{"side-effect-of-replay"}
		}
		return []string{"duplicate-effect", "key-ignored"}
	})
}

func TestALostEffectOfAnAcknowledgedOperationIsSeen(t *testing.T) {
	sensitive(t, func(v *view, h *model.History, at int) []string {
		// The table of the model speaks of operations with a key of their own.
		e := v.choose(model.Listed, at, func(e *model.Event) bool {
			s := v.ownerOf(e.Effect)
			return v.ordinary(s) && s.outcome == model.OK
		})
		if e == nil {
			return nil
		}
		drop(h, func(o *model.Effect) bool { return o == e.Effect })
		return []string{"partial-effect"}
	})
}

func TestTheLossOfEveryEffectIsSeen(t *testing.T) {
	sensitive(t, func(v *view, h *model.History, at int) []string {
		e := v.choose(model.Listed, at, func(e *model.Event) bool {
			s := v.ownerOf(e.Effect)
			return v.ordinary(s) && s.outcome == model.OK
		})
		if e == nil {
			return nil
		}
		s := v.ownerOf(e.Effect)
		drop(h, func(o *model.Effect) bool { return v.ownerOf(o) == s })
		return []string{"lost-effect"}
	})
}

// drop leaves out ledger items.
func drop(h *model.History, gone func(*model.Effect) bool) {
	h.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e model.Event) bool {
		return e.Kind == model.Listed && gone(e.Effect)
	})
}

// What nobody acknowledged may have happened or not: without its effects and their change of the
// state the history is right again, without the effects alone it is not.
func TestAnUnknownOperationMayNotHaveHappened(t *testing.T) {
	places := 0
	law(t, 400, func(w drawnWorld, ops []drawnOperation) string {
		// Enough funds, so that what others did does not hang on it; answers that show a balance do.
		w.Jumps, w.Funds, w.CurrentState = nil, 1000, true
		h, c := simulate(w, ops)
		v := newIndex(h, c).in(&reading{})
		e := v.choose(model.Listed, 0, func(e *model.Event) bool {
			s := v.ownerOf(e.Effect)
			return s.outcome == model.Info && v.ordinary(s)
		})
		if e == nil || Judge(h, c, bank{}).Verdict != verdict.Valid {
			return ""
		}
		places++
		s := v.ownerOf(e.Effect)
		drop(h, func(o *model.Effect) bool { return v.ownerOf(o) == s })
		if got := rulesOf(Judge(h, c, bank{})); got != "state-divergence" {
			return "with its state: " + got + "\n" + notation.Format(h)
		}
		undo(h, s.Operation)
		if got := Judge(h, c, bank{}); got.Verdict != verdict.Valid {
			return "without its state: " + rulesOf(got) + "\n" + notation.Format(h)
		}
		return ""
	}, genWorld(), genOperations())
	require.Greater(t, places, 20, "too few of 800 histories had a place for it")
}

// undo takes an operation back from the final state.
func undo(h *model.History, op *model.Operation) {
	amount := op.Args["amount"].(int64)
	change := map[any]int64{
		op.Args["account"]: amount, op.Args["from"]: amount, op.Args["to"]: -amount,
	}
	for _, i := range where(h, model.Observed) {
		e := &h.Events[i]
		e.Value = e.Value.(int64) + change[e.Name[:len(e.Name)-len(".balance")]]
	}
}

func TestAnotherFinalStateIsSeen(t *testing.T) {
	sensitive(t, func(v *view, _ *model.History, at int) []string {
		e := v.choose(model.Observed, at, func(*model.Event) bool { return true })
		if e == nil {
			return nil
		}
		e.Value = e.Value.(int64) + int64(at%2*2-1)
		return []string{"state-divergence"}
	})
}

func TestAnotherIdentityOnAReplayIsSeen(t *testing.T) {
	sensitive(t, func(v *view, _ *model.History, at int) []string {
		// The first ok answer says what replays must name, so it is a later one that changes.
		e := v.choose(model.Answered, at, func(e *model.Event) bool {
			s := v.byID[e.Operation]
			oks := s.answers(model.OK)
			return !v.unprotected(s) && len(oks) > 1 && e.Answer.Status == 201 &&
				(e.Attempt != oks[0].attempt || max(e.Hit, 1) != oks[0].number)
		})
		if e == nil {
			return nil
		}
		a := *e.Answer
		a.Body = `{"id":"another"}`
		e.Answer = &a
		return []string{"divergent-replay"}
	})
}

func TestAnEffectOfARefusedOperationIsSeen(t *testing.T) {
	sensitive(t, func(v *view, h *model.History, at int) []string {
		var refused []*operationView
		for _, s := range v.operations {
			if s.outcome == model.Fail && (s.Key != "" || v.keyRefused(s)) {
				refused = append(refused, s)
			}
		}
		if len(refused) == 0 {
			return nil
		}
		s := refused[at%len(refused)]
		e := s.Effects[0]
		h.Events = append(h.Events, model.Event{At: h.Events[len(h.Events)-1].At, Kind: model.Listed, Effect: &e})
		switch {
		case v.keyRefused(s):
			return []string{"key-required"}
		case v.repeats(s) != nil:
			return []string{"payload-mismatch", "phantom-effect"}
		}
		return []string{"phantom-effect"}
	})
}
