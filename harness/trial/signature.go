package trial

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/idemcheck/idemcheck/model"
)

// signature identifies what a history showed: for every operation its type and, attempt by attempt,
// which faults fired in which phase, what the wire saw and what the client saw; and how many
// effects of each kind there were in the end. Names, keys, values and times are left out, so
// that the same behaviour on other accounts is nothing new.
func signature(h *model.History) uint64 {
	if h == nil {
		return 0
	}
	out := fnv.New64a()
	for _, op := range h.Operations {
		fmt.Fprint(out, "|", op.Type, op.KeyStyle)
		for i := range h.Events {
			if e := &h.Events[i]; e.Operation == op.ID {
				fmt.Fprint(out, ";", e.Attempt, shown(e))
			}
		}
	}
	for _, text := range effectsOf(h) {
		fmt.Fprint(out, "|", text)
	}
	return out.Sum64()
}

// shown is what an event tells besides when and to whom.
func shown(e *model.Event) string {
	switch e.Kind {
	case model.FaultReported:
		return fmt.Sprint(e.Fault.Kind, e.Fault.Phase, e.Fault.Mode, e.Fired)
	case model.Return, model.Answered:
		if e.Answer != nil {
			return fmt.Sprint(e.Kind, e.Hit, e.Answer.Status, e.Answer.ReplayMarker)
		}
		return fmt.Sprint(e.Kind, e.Hit, e.Err)
	case model.Sent:
		return fmt.Sprint(e.Kind, e.Hit, e.Complete)
	}
	return string(e.Kind)
}

// effectsOf counts the effects by kind, in the order of the kinds.
func effectsOf(h *model.History) []string {
	counts := map[string]int{}
	for i := range h.Events {
		if e := h.Events[i].Effect; e != nil {
			counts[e.Ledger+" "+e.Kind]++
		}
	}
	var out []string
	for kind, n := range counts {
		out = append(out, fmt.Sprint(kind, n))
	}
	slices.Sort(out)
	return out
}
