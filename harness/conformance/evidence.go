package conformance

import (
	"fmt"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// witness hears what a run does. It notes which cases were decided, and in the cases of which rows
// an operation was refused and sent again: without one, nothing is known of repeats of refusals.
type witness struct {
	campaign.Observer
	contract *model.Contract
	mu       sync.Mutex
	// refused is by the name of a row, decided by that and the number of a case. Protected by mu.
	refused map[string]bool
	// shutOut: a stranger was not let in. Protected by mu.
	shutOut bool
	decided map[string]map[int]bool
}

func newWitness(o Options) *witness {
	w := &witness{
		Observer: o.Observer, contract: o.Contract, refused: map[string]bool{},
		decided: map[string]map[int]bool{},
	}
	if w.Observer == nil {
		w.Observer = campaign.Unobserved{}
	}
	return w
}

// Save implements [campaign.Observer].
func (w *witness) Save(h *model.History) error {
	if refusedAgain(h, w.contract) {
		w.mu.Lock()
		w.refused[h.Scenario] = true
		w.mu.Unlock()
	}
	if strangerShutOut(h) {
		w.mu.Lock()
		w.shutOut = true
		w.mu.Unlock()
	}
	return w.Observer.Save(h)
}

// Judged implements [campaign.Observer]: the last verdict on a case counts.
func (w *witness) Judged(c model.Case, v verdict.Verdict) {
	w.mu.Lock()
	if w.decided[c.Scenario] == nil {
		w.decided[c.Scenario] = map[int]bool{}
	}
	w.decided[c.Scenario][c.Index] = v.Verdict != verdict.Unknown
	w.mu.Unlock()
	w.Observer.Judged(c, v)
}

// undecided counts the cases of a row that showed nothing.
func (w *witness) undecided(row string) int {
	n := 0
	for _, decided := range w.decided[row] {
		if !decided {
			n++
		}
	}
	return n
}

// strangerShutOut reports whether an attempt with wrong credentials was told so.
func strangerShutOut(h *model.History) bool {
	attempt := func(e *model.Event) string { return fmt.Sprint(e.Operation, ".", e.Attempt) }
	strangers := map[string]bool{}
	for i := range h.Events {
		e := &h.Events[i]
		if e.Kind == model.Invoke && e.Stranger {
			strangers[attempt(e)] = true
		}
		if e.Kind == model.Return && strangers[attempt(e)] && e.Answer != nil &&
			slices.Contains([]int{401, 403, 407}, e.Answer.Status) {
			return true
		}
	}
	return false
}

// refusedAgain reports whether an operation was refused, and then sent and answered again.
func refusedAgain(h *model.History, c *model.Contract) bool {
	types, refused := map[string]string{}, map[string]bool{}
	for _, op := range h.Operations {
		types[op.ID] = op.Type
	}
	for _, e := range h.Events {
		switch {
		case e.Kind != model.Return || e.Answer == nil:
		case refused[e.Operation]:
			return true
		case c.Classify(types[e.Operation], e.Answer) == model.Fail:
			refused[e.Operation] = true
		}
	}
	return false
}
