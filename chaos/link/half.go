package link

import (
	"io"
	"sync"
	"syscall"
	"time"
)

// half is one direction of a pipe.
type half struct {
	// changed wakes the reader; one pending wake-up is enough, because it looks at everything
	// again.
	changed chan struct{}

	mu sync.Mutex // protects what follows, never held while waiting
	// buf is unbounded: a writer that had to wait could deadlock with its own reader.
	buf []byte
	// taken is how much at the beginning of buf has been read; its space is used again when
	// that is all.
	taken int
	ended error // what is read after buf: nil while open
	gone  bool  // nobody reads any more
}

func newHalf() *half { return &half{changed: make(chan struct{}, 1)} }

func (h *half) put(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone || h.ended != nil {
		return 0, syscall.EPIPE
	}
	h.buf = append(h.buf, p...)
	h.wake()
	return len(p), nil
}

// take returns 0 and nil when there is nothing to read yet.
func (h *half) take(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.buf) == 0 {
		return 0, h.ended
	}
	n := copy(p, h.buf[h.taken:])
	if h.taken += n; h.taken == len(h.buf) {
		h.buf, h.taken = h.buf[:0], 0
	}
	return n, nil
}

// end lets the reader see the end: io.EOF after the buffer for nil, any other error at once.
func (h *half) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.buf, h.taken, h.ended = nil, 0, err
	} else if h.ended == nil {
		h.ended = io.EOF
	}
	h.wake()
}

func (h *half) abandon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	h.buf, h.taken = nil, 0
}

func (h *half) wake() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// deadline is a moment after which waiting ends. It can be moved while somebody waits.
type deadline struct {
	state *deadlineState
}

type deadlineState struct {
	mu     sync.Mutex
	timer  *time.Timer
	passed chan struct{}
}

func newDeadline() deadline {
	return deadline{&deadlineState{passed: make(chan struct{})}}
}

func (d deadline) wait() <-chan struct{} {
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	return d.state.passed
}

func (d deadline) set(t time.Time) {
	s := d.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil && !s.timer.Stop() {
		<-s.passed // the timer has fired: let it finish before its channel is replaced
	}
	s.timer = nil
	if isDone(s.passed) {
		s.passed = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	if wait := time.Until(t); wait > 0 {
		passed := s.passed
		s.timer = time.AfterFunc(wait, func() { close(passed) })
		return
	}
	close(s.passed)
}
