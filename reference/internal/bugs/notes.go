package bugs

import (
	"net/http"
	"sync"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

// notes are what one step of a bug leaves for a later step that answers the same attempt. The right
// service needs none, so an attempt has no room for them. The zero value is ready for use.
type notes[T any] struct {
	mu sync.Mutex // guards of
	of map[*payment.Arrival]T
}

// put replaces the note of an attempt.
func (n *notes[T]) put(at *payment.Arrival, note T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil {
		n.of = map[*payment.Arrival]T{}
	}
	n.of[at] = note
}

// get returns the note of an attempt, or the zero value when there is none.
func (n *notes[T]) get(at *payment.Arrival) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.of[at]
}

// until forgets the note of an attempt after the step that answers it, which is the last one.
func (n *notes[T]) until(respond payment.RespondStep) payment.RespondStep {
	return func(s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response) {
		defer n.forget(at)
		respond(s, w, at, a)
	}
}

func (n *notes[T]) forget(at *payment.Arrival) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.of, at)
}
