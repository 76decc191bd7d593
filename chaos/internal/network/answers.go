package network

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// answerReader reads one answer after the other from a connection to the service.
type answerReader struct {
	conn net.Conn
	// rest was read behind the answer before.
	rest []byte
	buf  *[bufferSize]byte
	// large asks for room when an answer turns out to be large; interim counts what came before an
	// answer.
	large   func() bool
	interim int
}

// rawAnswer is an answer as it was on the wire.
type rawAnswer struct {
	message *message
	raw     []byte
	// whole reports whether the answer has ended; err is why nothing more comes, nil if more may come.
	whole bool
	err   error
	// bound is which of our bounds it passed, "" for none.
	bound boundError
}

// next reads one answer. The function begin is called at its first byte and reports whether an
// answer has no body whatever its head says.
func (r *answerReader) next(begin func() (bodyless bool)) rawAnswer {
	a := rawAnswer{message: &message{response: true}}
	p := r.rest
	for !a.whole && a.err == nil {
		if a.bound = r.passed(&a); a.bound != "" {
			break
		}
		if len(p) > 0 && len(a.raw) == 0 {
			a.message.bodyless = begin()
		}
		var n int
		n, a.whole = a.message.feed(p)
		a.raw = append(a.raw, p[:n]...)
		p = p[n:]
		if !a.whole {
			n, a.err = r.conn.Read(r.buf[:])
			p = r.buf[:n]
			if n > 0 {
				a.err = nil
			}
		}
	}
	r.rest = append([]byte(nil), p...)
	if a.err != nil && len(a.raw) > 0 {
		a.whole = errors.Is(a.err, io.EOF) && a.message.closed()
	}
	return a
}

// down brings the service's answers back to the client until either has left.
func (t *tap) down() {
	defer close(t.downDone)
	r := &answerReader{conn: t.service, buf: t.s.n.buffer(), large: t.s.large}
	defer t.s.n.release(r.buf)
	for {
		a := r.next(t.answering)
		t.pauseFor(a, starve.RecordAnswer)
		if a.bound != "" {
			t.giveUp(a)
			return
		}
		if a.whole && isInterim(a.message.status()) {
			r.interim++
			t.interim(a)
			continue
		}
		r.interim = 0
		if a.whole {
			t.answered(a)
		}
		t.pauseFor(a, starve.BringAnswer)
		t.bring(a)
		if a.err != nil || !a.whole {
			t.serviceLeft(a)
			return
		}
		if t.finished() {
			_ = t.service.Close()
			return
		}
	}
}

// pauseFor takes a step with what came from the service. The end of a connection on which nothing
// is owed is no step: whether it is still read, when the client leaves in the same instant, is the
// scheduler's choice.
func (t *tap) pauseFor(a rawAnswer, step starve.Step) {
	if len(a.raw) > 0 || t.owes() {
		t.pause(step)
	}
}

// isInterim tells informational answers from final ones; 101 is final.
func isInterim(status int) bool {
	return status/100 == 1 && status != http.StatusSwitchingProtocols
}

// interim passes an informational answer on, except where a cut waits for the real one.
func (t *tap) interim(a rawAnswer) {
	if t.s.planned.cut == nil && !t.isReplaced() && t.s.n.pass(t.ctx, t.s, downstream) {
		t.openDown()
		_, _ = t.conn.Tap.Write(a.raw)
	}
}

// answering notes the first byte of an answer.
func (t *tap) answering() bool {
	t.mu.Lock()
	var h *hit
	if len(t.waiting) > 0 {
		h = t.waiting[0]
	}
	t.mu.Unlock()
	for _, m := range t.s.races {
		m.race.end(m.copy)
	}
	bodyless := false
	t.s.log.note(func(*evidence) {
		if h != nil {
			setOnce(&h.answering)
			bodyless = h.method == http.MethodHead
		}
	})
	return bodyless
}

// answered records a whole answer before anybody else can see it.
func (t *tap) answered(a rawAnswer) {
	h := t.pop()
	if h == nil {
		return // an answer to nothing, such as the 408 before an idle connection is closed
	}
	t.s.log.note(func(s *evidence) {
		h.answered = time.Now()
		if s.answerSize == 0 {
			s.answerSize = a.message.size
		}
	})
	t.recordAnswer(h, a)
	if d := t.s.planned.hidden; d != nil && d.Mode == fault.AfterAnswer {
		t.again(h)
	}
}

func (t *tap) recordAnswer(h *hit, a rawAnswer) {
	answer := t.s.n.interpret(a.raw, t.method(h))
	e := model.Event{Kind: model.Answered, Hit: h.number, Answer: answer}
	if e.Answer == nil {
		e.Err = "broken answer"
	}
	t.s.record(e)
}

// method is that of a request, or "" while that is not whole.
func (t *tap) method(h *hit) (method string) {
	t.s.log.note(func(*evidence) { method = h.method })
	return method
}

func (t *tap) pop() *hit {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return nil
	}
	h := t.waiting[0]
	t.waiting = t.waiting[1:]
	return h
}

// finished reports whether the client has left and nothing is owed.
func (t *tap) finished() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clientLeft && len(t.waiting) == 0
}

func (t *tap) owes() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) > 0
}

// bring hands an answer, or what there is of it, to the way back.
func (t *tap) bring(a rawAnswer) {
	if t.isReplaced() {
		t.fail()
		t.passes = a.whole
		return
	}
	if len(a.raw) == 0 || !t.awaitHangUp() || !t.s.n.pass(t.ctx, t.s, downstream) {
		return
	}
	t.armFor(a)
	t.s.log.note(func(s *evidence) { setOnce(&s.forwarded) })
	_, _ = t.conn.Tap.Write(a.raw) // a client that has left is no concern of the service's
}

// awaitHangUp holds the answer until a planned disconnect was made.
func (t *tap) awaitHangUp() bool {
	if t.s.planned.disconnect == nil || !t.faulted {
		return true
	}
	select {
	case <-t.hungUp:
		return true
	case <-t.s.over:
		return true
	case <-t.ctx.Done():
		return false
	}
}

// armFor chooses where a planned cut falls in this answer.
func (t *tap) armFor(a rawAnswer) {
	if t.s.planned.cut == nil || !a.whole {
		t.openDown()
		return
	}
	n, place := responseCut(t.s.planned.cut.Fault, a.message)
	first := false
	t.s.log.note(func(s *evidence) {
		first = s.cutAt == 0
		if first {
			s.cutAt, s.cutPlace = n, place
		}
	})
	if !first {
		t.openDown()
		return
	}
	if err := t.conn.Arm([]link.Toxic{link.LimitData(n)}); err != nil {
		t.s.log.note(func(s *evidence) { s.cutPlace = err.Error() })
		t.openDown()
	}
}

// openDown lets the way back begin. An error means a dead carrier, which ends the connection by
// itself.
func (t *tap) openDown() { _ = t.conn.Arm(nil) }

// serviceLeft passes on that the service has closed its connection. A black hole hides it: the
// client must find out by its own timeout.
func (t *tap) serviceLeft(a rawAnswer) {
	if t.owes() {
		t.s.log.note(func(s *evidence) { s.serviceLeft = true })
	}
	if errors.Is(a.err, io.EOF) || errors.Is(a.err, syscall.ECONNRESET) {
		t.recordEnd("closed")
	} else {
		t.recordEnd(model.Cut)
	}
	for _, m := range t.s.races {
		m.race.end(m.copy)
	}
	if t.s.planned.blackHole || !t.awaitHangUp() || !t.s.n.pass(t.ctx, t.s, downstream) {
		return
	}
	if t.isReplaced() {
		t.fail()
	}
	t.openDown()
	if errors.Is(a.err, syscall.ECONNRESET) {
		_ = link.Reset(t.conn.Tap)
		return
	}
	_ = link.CloseWrite(t.conn.Tap)
}

// recordEnd records how the connection of requests that were not answered ended. When the service
// closed it, nobody need suppose that it works on them; when this side cut it, nobody sees any more
// whether it does.
func (t *tap) recordEnd(how string) {
	for h := t.pop(); h != nil; h = t.pop() {
		if t.method(h) != "" {
			t.s.record(model.Event{Kind: model.Answered, Hit: h.number, Err: how})
		}
	}
}

// replace begins the work of a gateway that will answer in place of the service, which has just got
// the whole request. The service is not told when the client has its answer and leaves.
func (t *tap) replace() {
	t.s.linger.Store(true)
	if t.s.planned.gateway.Mode != fault.AfterAnswer {
		t.s.n.spawn(t.failInstead)
	}
}

// failInstead makes a gateway give up some time after the service has got the whole request.
func (t *tap) failInstead() {
	if t.later(t.s.planned.gateway.Span.Std()) {
		t.fail()
	}
}

// fail answers in place of the service, once.
func (t *tap) fail() {
	t.replaced.Do(func() {
		if !t.s.n.pass(t.ctx, t.s, downstream) {
			return
		}
		t.openDown()
		t.s.log.note(func(s *evidence) {
			s.gateway = time.Now()
			setOnce(&s.forwarded)
		})
		// A client that has left is no concern of the gateway's.
		_, _ = t.conn.Tap.Write(gatewayAnswer(t.s.planned.gateway.Status))
	})
}

// isReplaced reports whether what comes back belongs to the request that a gateway answers.
func (t *tap) isReplaced() bool {
	return t.s.planned.gateway != nil && t.faulted && !t.passes
}

// giveUp ends the connection to a service whose answer passed a bound. Nobody learns of the answer,
// so that it is not taken for a shorter one.
func (t *tap) giveUp(a rawAnswer) {
	t.s.log.note(func(s *evidence) { s.unread = a.bound.Error() })
	t.recordEnd(model.Cut)
	for _, m := range t.s.races {
		m.race.end(m.copy)
	}
	_ = t.service.Close()
	t.openDown()
	_ = t.conn.Tap.Close()
}
