package files

import (
	"errors"
	"fmt"

	"github.com/idemcheck/idemcheck/model"
)

// sound checks that a history can be judged: every event is of a known kind, has what its kind
// needs and belongs to an operation of the case. What a judge passed over in silence would be an
// effect that did not happen.
func sound(h *model.History) error {
	known := map[string]bool{}
	for _, op := range h.Operations {
		if known[op.ID] {
			return fmt.Errorf("two operations are called %q", op.ID)
		}
		known[op.ID] = true
	}
	for i := range h.Events {
		e := &h.Events[i]
		if err := soundEvent(e); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		if e.Operation != "" && !known[e.Operation] {
			return fmt.Errorf("event %d is of operation %q, which the case does not have", i+1, e.Operation)
		}
	}
	return nil
}

// soundEvent checks one event by itself.
func soundEvent(e *model.Event) error {
	switch e.Kind {
	case model.Invoke, model.Return, model.Sent, model.Answered:
		if e.Operation == "" || e.Attempt < 1 {
			return fmt.Errorf("%s belongs to no attempt", e.Kind)
		}
	case model.FaultReported:
		if e.Fault == nil {
			return errors.New("it has no fault")
		}
	case model.Listed:
		if e.Effect == nil {
			return errors.New("it has no effect")
		}
	case model.LookedUp, model.Polled:
		if e.Operation == "" {
			return fmt.Errorf("%s belongs to no operation", e.Kind)
		}
	case model.Raced, model.Healed, model.ClockMoved, model.Observed, model.Unreadable,
		model.SignedIn:
	default:
		return fmt.Errorf("its kind %q is unknown", e.Kind)
	}
	return nil
}
