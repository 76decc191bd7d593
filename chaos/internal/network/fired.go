package network

import (
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
)

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// clientSaw says in a few words what the client saw.
func (s *evidence) clientSaw() string {
	if s.outcome.Err != "" {
		return "the client saw " + s.outcome.Err
	}
	if s.outcome.Answer != nil {
		return fmt.Sprintf("the client saw status %d", s.outcome.Answer.Status)
	}
	return "the client saw nothing"
}

func (s *evidence) wasRefused(fault.Fault) (bool, string) {
	return s.refused, "the connection was " + choose(s.refused, "refused", "not refused")
}

func (s *evidence) requestLost(fault.Fault) (bool, string) {
	given, _ := s.given()
	fired := s.written > 0 && given == 0 && s.read == 0
	return fired, fmt.Sprintf("%d of %d bytes reached the service, %s",
		given, s.written, s.clientSaw())
}

func (s *evidence) requestCut(fault.Fault) (bool, string) {
	given, whole := s.given()
	fired := given == s.upLimit && !whole
	return fired, fmt.Sprintf("%d of %d bytes reached the service, %s",
		given, s.requestSize, s.clientSaw())
}

func (s *evidence) responseLost(fault.Fault) (bool, string) {
	_, whole := s.given()
	h := s.first()
	switch {
	case !whole:
		return false, "the request did not reach the service"
	case s.read > 0:
		return false, fmt.Sprintf("the client got %d bytes of the answer", s.read)
	case !h.answered.IsZero():
		return true, fmt.Sprintf("0 of %d bytes of the answer reached the client, %s",
			s.answerSize, s.clientSaw())
	case s.serviceLeft:
		return true, "the service closed without an answer, " + s.clientSaw()
	}
	return false, "the service did not answer"
}

func (s *evidence) responseCut(fault.Fault) (bool, string) {
	if s.cutAt == 0 {
		return false, "there was no answer to cut"
	}
	fired := s.read == s.cutAt && s.cutAt < s.answerSize
	return fired, fmt.Sprintf("%d of %d bytes of the answer reached the client, cut %s",
		s.read, s.answerSize, s.cutPlace)
}

func (s *evidence) lateArrival(fault.Fault) (bool, string) {
	h := s.first()
	if h == nil || h.sent.IsZero() {
		return false, "the request did not arrive"
	}
	late, after := between(s.ended, h.sent)
	if !after || late == 0 {
		return false, "the request arrived while the client was waiting"
	}
	if s.outcome.Answer != nil {
		return false, "the client had an answer"
	}
	return true, fmt.Sprintf("arrived %v after the client gave up", round(late))
}

func (s *evidence) reorder(fault.Fault) (bool, string) {
	h := s.first()
	switch {
	case h == nil || h.sent.IsZero():
		return false, "the held request was not delivered"
	case s.overtaken.IsZero():
		return false, "released before the next attempt had completed"
	}
	return true, "delivered after the next attempt had completed"
}

func (s *evidence) delay(f fault.Fault) (bool, string) {
	from, to, what := s.wrote, s.arrived, "request"
	if f.Mode == fault.Downstream {
		from, to, what = s.forwarded, s.firstRead, "answer"
	}
	if from.IsZero() || to.IsZero() {
		return false, "the " + what + " did not arrive"
	}
	took, after := between(from, to)
	if !after {
		return false, "the " + what + " was not delayed"
	}
	return took >= f.Span.Std(), fmt.Sprintf("the %s took %v", what, round(took))
}

func (s *evidence) disconnect(fault.Fault) (bool, string) {
	if !s.disconnected {
		return false, "the client was gone before: " + s.clientSaw()
	}
	switch s.answerState {
	case answerBegun:
		return true, "after the answer was on its way"
	case answerWhole:
		return false, "after the answer was on its way: the service had answered completely"
	}
	return true, "before the answer"
}

func (s *evidence) hiddenDuplicate(fault.Fault) (bool, string) {
	for _, h := range s.hits {
		if h.copied && !h.sent.IsZero() {
			return true, fmt.Sprintf("sent again, %d bytes", h.bytes)
		}
	}
	return false, "the request was not sent again"
}

func (s *evidence) throttle(f fault.Fault) (bool, string) {
	fired := s.throttled && s.outcome.Answer != nil && s.outcome.Answer.Status == f.Status
	return fired, s.clientSaw()
}

// slow compares the time an answer took with what the rate allows. A tenth is granted, because
// Toxiproxy lets a chunk go early to make up for one that was late.
func (s *evidence) slow(f fault.Fault) (bool, string) {
	switch {
	case f.Mode == fault.SlowClose:
		return s.closedSlowly(f)
	case s.forwarded.IsZero():
		return false, "there was no answer"
	case f.Mode == fault.Slicer:
		fired := s.reads > 1 && s.answerSize > f.SliceBytes
		return fired, fmt.Sprintf("%d bytes came in %d slices", s.read, s.reads)
	}
	return s.trickled(f)
}

// closedSlowly: the service saw the client leave late.
func (s *evidence) closedSlowly(f fault.Fault) (bool, string) {
	took, after := between(s.left, s.tapEnded)
	if !after {
		return false, "the service did not see the client leave"
	}
	return took >= f.Span.Std(), fmt.Sprintf("the close took %v", round(took))
}

func (s *evidence) trickled(f fault.Fault) (bool, string) {
	if s.read == 0 {
		waited, after := between(s.forwarded, s.ended)
		if !after {
			return false, fmt.Sprintf("0 of %d bytes, and the client did not wait for them: %s",
				s.answerSize, s.clientSaw())
		}
		due := time.Duration(s.answerSize) * time.Second / time.Duration(f.BytesPerSecond)
		return s.outcome.Err == "timeout" && waited > 0 && waited < due,
			fmt.Sprintf("0 of %d bytes in %v", s.answerSize, round(waited))
	}
	took, after := between(s.forwarded, s.lastRead)
	if !after {
		return false, fmt.Sprintf("%d of %d bytes, none of them slowed down", s.read, s.answerSize)
	}
	due := time.Duration(s.read) * time.Second / time.Duration(f.BytesPerSecond)
	return took >= due*9/10, fmt.Sprintf("%d of %d bytes in %v", s.read, s.answerSize, round(took))
}

// between is how long it took from one moment to another. It is false when one of them never came,
// or when they came the other way round.
func between(from, to time.Time) (time.Duration, bool) {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return 0, false
	}
	return to.Sub(from), true
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
