package link

import (
	"cmp"
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

	// room wakes a writer that waits, as changed does the reader.
	room chan struct{}

	mu sync.Mutex // protects what follows, never held while waiting
	// buf takes any one write while less than maxUnread is in it, so that one that reads only after
	// it has written never waits for itself.
	buf []byte
	// taken is how much at the beginning of buf has been read; its space is used again when
	// that is all.
	taken int
	ended error // what is read after buf: nil while open
	gone  bool  // nobody reads any more
}

// maxUnread is how many bytes wait for a reader before writers wait too.
const maxUnread = 1 << 20

func newHalf() *half {
	return &half{changed: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put takes p whole, once there is room.
func (h *half) put(p []byte) (int, error) {
	for {
		if n, err := h.tryPut(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		<-h.room
	}
}

// tryPut returns 0 and nil when there is no room yet.
func (h *half) tryPut(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone || h.ended != nil {
		wake(h.room) // the next one that waits
		return 0, syscall.EPIPE
	}
	if len(h.buf)-h.taken >= maxUnread {
		return 0, nil
	}
	if h.taken > len(h.buf)/2 { // a writer that is always ahead must not make it grow
		h.buf, h.taken = h.buf[:copy(h.buf, h.buf[h.taken:])], 0
	}
	h.buf = append(h.buf, p...)
	wake(h.changed)
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
	wake(h.room)
	return n, nil
}

// end lets the reader see the end: io.EOF after the buffer for nil, any other error at once.
func (h *half) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.buf, h.taken, h.ended = nil, 0, err
	}
	h.ended = cmp.Or(h.ended, io.EOF)
	wake(h.changed)
	wake(h.room)
}

func (h *half) abandon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	h.buf, h.taken = nil, 0
	wake(h.room)
}

// wake leaves one wake-up.
func wake(sleeper chan<- struct{}) {
	select {
	case sleeper <- struct{}{}:
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
