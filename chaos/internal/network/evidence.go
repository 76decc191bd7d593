package network

import (
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model/fault"
)

// evidence is what was seen of one attempt: it decides whether its faults fired. Times are zero
// for what did not happen.
type evidence struct {
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
	// answerSize is the length of the first answer, forwarded when it was handed over to go back;
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

// evidenceLog guards what is seen of an attempt.
type evidenceLog struct {
	mu sync.Mutex
	s  evidence
}

func (l *evidenceLog) note(f func(s *evidence)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.s)
}

func (l *evidenceLog) newHit(copied bool) *hit {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &hit{number: len(l.s.hits) + 1, copied: copied}
	l.s.hits = append(l.s.hits, h)
	return h
}

func (l *evidenceLog) noteDialled(err error) {
	l.note(func(s *evidence) { s.refused = s.refused || errors.Is(err, syscall.ECONNREFUSED) })
}

func (l *evidenceLog) noteServiceErr(err error) {
	l.note(func(s *evidence) { s.serviceErr = err })
}

func (l *evidenceLog) serviceErr() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s.serviceErr
}

func (l *evidenceLog) noteWritten(n int) {
	l.note(func(s *evidence) {
		setOnce(&s.wrote)
		s.written += n
	})
}

func (l *evidenceLog) noteRead(n int) {
	l.note(func(s *evidence) {
		setOnce(&s.firstRead)
		s.lastRead = time.Now()
		s.read += n
		s.reads++
	})
}

func (l *evidenceLog) isDisconnected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s.disconnected
}

func setOnce(t *time.Time) {
	if t.IsZero() {
		*t = time.Now()
	}
}

// first is the request that the client made, nil when none reached the service.
func (s *evidence) first() *hit {
	for _, h := range s.hits {
		if !h.copied {
			return h
		}
	}
	return nil
}

// given is how many bytes of the first request reached the service, whole whether that was all of
// it.
func (s *evidence) given() (bytes int, whole bool) {
	if h := s.first(); h != nil {
		return h.bytes, !h.sent.IsZero()
	}
	return 0, false
}

// isWaiting reports whether a request was sent and not answered.
func (l *evidenceLog) isWaiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.s.hits, isOpen)
}

// unread is the bound that an answer passed, "" for none.
func (l *evidenceLog) unread() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s.unread
}

func (l *evidenceLog) answerBegan() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s.read > 0
}

// gatewayError reports whether the client got the gateway's answer to a request that the service
// got.
func (s *evidence) gatewayError(f fault.Fault) (bool, string) {
	_, whole := s.given()
	switch {
	case !whole:
		return false, "the request did not reach the service"
	case s.gateway.IsZero() || s.outcome.Answer == nil || s.outcome.Answer.Status != f.Status:
		return false, s.clientSaw()
	}
	return true, s.whenGateway()
}

// whenGateway says how far the service was when the gateway answered.
func (s *evidence) whenGateway() string {
	switch h := s.first(); {
	case h.answered.IsZero():
		return "the service gave no answer"
	case h.answered.After(s.gateway):
		return "while the service was at work"
	}
	return "in place of the service's answer"
}

// progress says how far the service was with its answer.
func (s *evidence) progress() answerState {
	h := s.first()
	switch {
	case h == nil || h.answering.IsZero():
		return noAnswer
	case h.answered.IsZero():
		return answerBegun
	}
	return answerWhole
}

// isOpen reports whether a request has no answer yet.
func isOpen(h *hit) bool { return h.answered.IsZero() }
