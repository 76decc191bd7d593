package network

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/chaos/internal/moment"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// disconnect makes the client leave some time after the service has got the whole request.
func (t *tap) disconnect() {
	defer close(t.hungUp)
	f := t.s.planned.disconnect
	if !t.later(f.Span.Std()) {
		return
	}
	t.s.log.note(func(s *evidence) { s.disconnected, s.answerState = true, s.progress() })
	if f.Mode == fault.Reset {
		_ = link.Reset(t.service)
	} else {
		// Half closed, so that what the service still answers is recorded; it sees the same FIN.
		_ = link.CloseWrite(t.service)
	}
	t.s.hangUp(f.Mode == fault.Reset)
}

// early is the share of the service time, per mille, up to which a client leaves a service that
// takes no time before the work, and not after it.
const early = 250

// moment is when the client leaves a service that takes no time; nil where it leaves by the clock.
func (t *tap) moment() *moment.Moment {
	f := t.s.planned.disconnect
	if f == nil || !t.faulted || !t.s.a.Instant {
		return nil
	}
	return &moment.Moment{Early: f.PerMille <= early, Await: func() { t.awaitHangUp() }}
}

// later waits for a time after the service has got the whole request, and reports whether its
// attempt still goes on then.
func (t *tap) later(span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.s.over:
		return false
	case <-t.ctx.Done():
		return false
	}
	t.pause(starve.NetworkTimer)
	// Also when the time was over at once: of two that are ready the select chooses by chance.
	return t.s.stagger(t.ctx, disconnectsSlot) && !closed(t.s.over)
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

// again sends a request a second time on a connection of its own, as a network that repeats itself.
func (t *tap) again(h *hit) {
	var raw []byte
	t.s.log.note(func(*evidence) { raw, h.raw = h.raw, nil })
	if raw != nil {
		t.s.also(func() { t.s.resend(raw, h.method) })
	}
}

func (s *session) resend(raw []byte, method string) {
	ctx, cancel := context.WithTimeout(s.n.ctx, dialTimeout)
	defer cancel()
	if !s.stagger(ctx, duplicatesSlot) {
		return
	}
	steps := s.n.conf.Pauses.Of("the duplicate of " + spot(s.a.Operation, s.a.Number))
	steps.Pause(ctx, starve.LinkUp)
	conn, err := s.n.conf.Dial(starve.With(ctx, steps))
	if err != nil {
		return // the fault is reported as not fired
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(s.n.ctx, func() { _ = conn.Close() })
	defer stop()
	h := s.log.newHit(true)
	s.log.note(func(*evidence) { h.method = method })
	last := len(raw) - 1
	if _, err := conn.Write(raw[:last]); err != nil || !s.n.pass(s.n.ctx, s, upstream) ||
		!s.stagger(ctx, duplicatesSlot) {
		return
	}
	steps.Pause(ctx, starve.RecordSent)
	s.record(model.Event{Kind: model.Sent, Hit: h.number, Complete: true, Bytes: len(raw)})
	steps.Pause(ctx, starve.HandOver)
	if _, err := conn.Write(raw[last:]); err != nil {
		return
	}
	s.log.note(func(*evidence) { h.bytes, h.sent = len(raw), time.Now() })
	t := &tap{s: s}
	buf := s.n.buffer()
	defer s.n.release(buf)
	r := &answerReader{conn: conn, buf: buf}
	a := r.next(func() bool { return method == http.MethodHead })
	s.log.note(func(*evidence) { h.answered = time.Now() })
	steps.Pause(s.n.ctx, starve.RecordAnswer)
	if a.whole {
		t.recordAnswer(h, a)
	}
}

// throttle answers for the service, like a gateway that refuses to pass a request on.
func (t *tap) throttle(done bool) {
	if !done {
		return
	}
	t.openDown()
	t.s.log.note(func(s *evidence) {
		s.throttled = true
		setOnce(&s.forwarded)
	})
	_, _ = t.conn.Tap.Write(throttledAnswer(t.s.planned.throttle.Fault, time.Now()))
}

func throttledAnswer(f fault.Fault, now time.Time) []byte {
	const body = `{"error":"too many requests, try again later"}`
	retry := ""
	if v := retryAfterValue(f.RetryAfter, now); v != "" {
		retry = "Retry-After: " + v + "\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n%sContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", f.Status, http.StatusText(f.Status), retry, len(body), body)
}

// retryAfterValue writes the header's value. Dates count whole seconds: rounding up keeps the
// wait from being over before it began.
func retryAfterValue(planned string, now time.Time) string {
	switch planned {
	case "date":
		at := now.Add(2*time.Second - time.Nanosecond).Truncate(time.Second)
		return at.UTC().Format(http.TimeFormat)
	case "past":
		return now.Add(-time.Hour).UTC().Format(http.TimeFormat)
	}
	return planned
}
