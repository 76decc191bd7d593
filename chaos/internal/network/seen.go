package network

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
)

// seen is what was seen of one attempt: the evidence for whether its faults fired. Times are zero
// for what did not happen.
type seen struct {
	// The client's side.
	wrote, firstRead, lastRead, left time.Time
	written, read, reads             int
	refused                          bool
	ended                            time.Time
	outcome                          chaos.Completion
	// The tap's side: when the first byte arrived, when the client's stream ended.
	arrived, tapEnded time.Time
	serviceErr        error
	hits              []*hit
	// requestSize is the length of the request as it is planned, upLimit how much of it passes, -1
	// for all.
	requestSize, upLimit int
	// answerSize is the length of the first answer, forwarded when it was handed to the way back;
	// serviceLeft reports whether the service ended a connection without answering.
	answerSize  int
	forwarded   time.Time
	serviceLeft bool
	// cutAt and cutPlace are a response cut as it was made.
	cutAt    int
	cutPlace string
	// overtaken is when a held attempt was released because the next one had completed.
	overtaken time.Time
	// disconnected reports whether the planned disconnect was made, answerState how far the service
	// was.
	disconnected bool
	answerState  answerState
	throttled    bool
	// unread is the bound that an answer passed, "" for none.
	unread string
	// gateway is when a gateway answered in place of the service.
	gateway time.Time
}

type answerState int

const (
	noAnswer answerState = iota
	answerBegun
	answerWhole
)

// hit is one request of an attempt as the service got it.
type hit struct {
	number    int
	bytes     int
	sent      time.Time // when it was whole
	answering time.Time
	answered  time.Time
	// copied marks the second request of a hidden duplicate.
	copied bool
	method string
	// raw is the request as it was sent, where a hidden duplicate needs it.
	raw []byte
}

// book guards what is seen of an attempt.
type book struct {
	mu sync.Mutex
	s  seen
}

func (b *book) note(f func(s *seen)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.s)
}

func (b *book) newHit(copied bool) *hit {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := &hit{number: len(b.s.hits) + 1, copied: copied}
	b.s.hits = append(b.s.hits, h)
	return h
}

func (b *book) noteDialled(err error) {
	b.note(func(s *seen) { s.refused = s.refused || errors.Is(err, syscall.ECONNREFUSED) })
}

func (b *book) noteServiceErr(err error) {
	b.note(func(s *seen) { s.serviceErr = err })
}

func (b *book) serviceErr() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.s.serviceErr
}

func (b *book) noteWritten(n int) {
	b.note(func(s *seen) {
		setOnce(&s.wrote)
		s.written += n
	})
}

func (b *book) noteRead(n int) {
	b.note(func(s *seen) {
		setOnce(&s.firstRead)
		s.lastRead = time.Now()
		s.read += n
		s.reads++
	})
}

func (b *book) isDisconnected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.s.disconnected
}

func setOnce(t *time.Time) {
	if t.IsZero() {
		*t = time.Now()
	}
}

// first is the request that the client made, nil when none reached the service.
func (s *seen) first() *hit {
	for _, h := range s.hits {
		if !h.copied {
			return h
		}
	}
	return nil
}

// given is how many bytes of the first request reached the service, whole whether that was all of
// it.
func (s *seen) given() (bytes int, whole bool) {
	if h := s.first(); h != nil {
		return h.bytes, !h.sent.IsZero()
	}
	return 0, false
}

// isWaiting reports whether a request was sent and not answered.
func (b *book) isWaiting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.s.hits {
		if h.answered.IsZero() {
			return true
		}
	}
	return false
}
