package network

import (
	"sync/atomic"
)

// Bounds of one answer, and of what a world holds of large ones.
const (
	// maxBody bounds the body of an answer, for clients and taps alike.
	maxBody = 1 << 20
	// maxInterim bounds the informational answers before one final answer.
	maxInterim = 100
	// largeAnswer is from when on an answer needs room, and maxLarge how many attempts have room at
	// the same time: an answer is held by its tap, by the way back and by its client.
	largeAnswer, maxLarge = 64 << 10, 24
)

// boundError is an answer that passed a bound.
type boundError string

// Error says which.
func (e boundError) Error() string { return string(e) }

const (
	errHead    boundError = "the head of the answer is longer than 256 KiB"
	errBody    boundError = "the answer is larger than 1 MiB"
	errInterim boundError = "more than 100 informational answers came before the answer"
	errRoom    boundError = "the answer is larger than 64 KiB, and so were 24 others at the " +
		"same time: run with fewer --parallel"
)

// Room is for the large answers that a world holds at the same time. The zero value has all of it;
// nil never ends.
type Room struct{ taken atomic.Int32 }

// take gives an attempt room, unless too many have some.
func (r *Room) take() bool {
	if r == nil {
		return true
	}
	if r.taken.Add(1) > maxLarge {
		r.taken.Add(-1)
		return false
	}
	return true
}

// leave gives back the room of an attempt that has landed.
func (r *Room) leave(s *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r != nil && s.roomy {
		r.taken.Add(-1)
	}
	s.roomy = false
}

// passed says which bound an answer has passed, "" for none.
func (r *answerReader) passed(a *rawAnswer) boundError {
	switch {
	case r.interim > maxInterim:
		return errInterim
	case a.message.headless():
		return errHead
	case len(a.raw) > maxBody+len(a.message.head)+maxFraming(a.message):
		return errBody
	case len(a.raw) > largeAnswer && !r.large():
		return errRoom
	}
	return ""
}

// maxFraming is how much the ends of chunks may add to a body.
func maxFraming(m *message) int {
	if m.part == inBody || m.part == untilClose {
		return 0
	}
	return maxBody / 4
}
