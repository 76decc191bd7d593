package declare

import (
	"slices"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// State is what a single execution of each acknowledged operation makes of the state, as far as
// that is certain; nil where it is not: the answers leave open what was executed, keys were used
// again or may have expired, or it matters in which order the operations came.
func State(h *model.History, c *model.Contract, spec model.Spec) model.State {
	if !distinctKeys(h) || c.Promises.Failures == "executed" || slices.ContainsFunc(h.Events,
		func(e model.Event) bool { return e.Kind == model.ClockMoved }) {
		return nil
	}
	executed, certain := acknowledged(h, c)
	if !certain {
		return nil
	}
	forward := applied(h.Initial, executed, spec)
	slices.Reverse(executed)
	back := applied(h.Initial, executed, spec)
	if forward == nil || back == nil {
		return nil
	}
	for name, v := range forward {
		if !value.Equal(v, back[name]) {
			return nil
		}
	}
	return forward
}

// distinctKeys reports whether every operation has a good key that no other one has.
func distinctKeys(h *model.History) bool {
	seen := map[string]bool{}
	for _, op := range h.Operations {
		if seen[op.Key] || op.KeyStyle == model.KeyMissing || op.KeyStyle.Malformed() {
			return false
		}
		seen[op.Key] = true
	}
	return true
}

// acknowledged lists the operations that were; it is not certain where of another one nobody knows
// whether it was executed.
func acknowledged(h *model.History, c *model.Contract) (executed []*model.Operation, certain bool) {
	for i := range h.Operations {
		op := &h.Operations[i]
		outcome := model.Info
		for _, e := range h.Events {
			if e.Operation != op.ID || e.Kind != model.Answered && e.Kind != model.Return {
				continue
			}
			if o := c.Classify(op.Type, e.Answer); o == model.OK || o == model.Fail && outcome != model.OK {
				outcome = o
			}
		}
		switch outcome {
		case model.OK:
			executed = append(executed, op)
		case model.Info:
			return nil, false
		case model.Fail:
		}
	}
	return executed, true
}

// applied is the state after some operations; nil where one cannot execute.
func applied(state model.State, ops []*model.Operation, spec model.Spec) model.State {
	for _, op := range ops {
		next, _, ok := spec.Apply(state, op)
		if !ok {
			return nil
		}
		state = next
	}
	return state
}
