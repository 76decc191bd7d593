package network

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos/internal/moment"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// tap stands beside the service at the end of one connection. It reads what arrives, holds it
// where the plan says so, hands it to the service, and brings the answers back.
type tap struct {
	s    *session
	conn PathConn
	ctx  context.Context
	// service is dialled when the first byte arrives: what is lost on the way never opens a
	// connection.
	service  net.Conn
	downDone chan struct{}
	broken   bool // the service does not take any more
	request  *message
	hit      *hit
	// first marks the request that the attempt's faults act on.
	first bool
	// faulted reports whether the connection carried that request; set before the service is dialled.
	faulted bool
	// raw keeps the first request for a hidden duplicate.
	raw []byte
	// hungUp is closed when a planned disconnect was made or will not be made any more.
	hungUp chan struct{}
	// replaced makes the one answer that a gateway gives in place of the service's.
	replaced sync.Once
	// passes reports whether the answer which a gateway replaced has gone by; only the way back
	// uses it.
	passes bool

	mu         sync.Mutex // never held while waiting
	waiting    []*hit     // requests without an answer
	clientLeft bool
}

func newTap(s *session, conn PathConn) *tap {
	return &tap{
		s: s, conn: conn, ctx: s.n.ctx,
		downDone: make(chan struct{}), hungUp: make(chan struct{}),
	}
}

// run lasts until the client has left and the service owes no answer.
func (t *tap) run() {
	defer t.s.tapped()
	stop := context.AfterFunc(t.ctx, func() { _ = t.conn.Tap.Close() })
	defer stop()
	t.up()
	t.s.log.note(func(s *evidence) { setOnce(&s.tapEnded) })
	t.cutShort()
	t.leave()
	_ = t.conn.Tap.Close()
}

// pause takes a step of the link or of the recorder at its end.
func (t *tap) pause(step starve.Step) { t.s.steps.Pause(t.ctx, step) }

func (t *tap) up() {
	buf := t.s.n.buffer()
	defer t.s.n.release(buf)
	requests := t.s.steps.Reader(t.conn.Tap, starve.TapReads)
	for {
		n, err := requests.Read(buf[:])
		if n > 0 {
			t.s.log.note(func(s *evidence) { setOnce(&s.arrived) })
			t.take(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// take splits what has arrived into requests.
func (t *tap) take(p []byte) {
	for len(p) > 0 {
		opening := t.request == nil
		if opening {
			t.request, t.first = &message{}, t.s.claim()
			t.faulted = t.faulted || t.first && t.service == nil
		}
		n, done := t.request.feed(p)
		if t.s.planned.throttle != nil {
			t.throttle(done)
		} else {
			t.forward(p[:n], opening, done)
		}
		if done {
			t.request, t.hit = nil, nil
		}
		p = p[n:]
	}
}

// forward hands a part of a request to the service: opening tells that it is its beginning, done
// that its last byte is the last of the request.
func (t *tap) forward(part []byte, opening, done bool) {
	if opening {
		t.broken = t.broken || !t.enter()
	}
	if t.first && t.s.planned.hidden != nil {
		t.raw = append(t.raw, part...)
	}
	if t.broken {
		return
	}
	if !done {
		t.give(part)
		return
	}
	last := len(part) - 1
	t.give(part[:last])
	if t.release() {
		t.pause(starve.RecordSent)
		// Before the last byte: the answer may come before the write of that byte has returned.
		t.s.log.note(func(*evidence) { t.hit.method, t.hit.raw = t.request.method(), t.raw })
		t.s.record(model.Event{
			Kind: model.Sent, Hit: t.hit.number, Complete: true, Bytes: t.hit.bytes + 1,
		})
		t.pause(starve.HandOver)
		t.give(part[last:])
		t.delivered()
	}
}

// enter lets a request begin: after the partitions, after the next attempt, in its slot.
func (t *tap) enter() bool {
	ok := t.s.n.pass(t.ctx, t.s, upstream) && t.overtaken() && t.stagger() && t.dial()
	if !ok {
		return false
	}
	t.hit = t.s.log.newHit(false)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, t.hit)
	return true
}

// overtaken holds a reordered attempt until the next one has completed.
func (t *tap) overtaken() bool {
	if !t.first || t.s.planned.reorder == nil {
		return true
	}
	completed := t.s.n.completes(t.s.a.Operation, t.s.a.Number+1)
	select {
	case <-completed:
	case <-t.s.n.healed:
	case <-t.ctx.Done():
		return false
	}
	if !closed(completed) { // asked again: of two that are ready the select chooses by chance
		return t.s.stagger(t.ctx, ownSlot)
	}
	t.s.log.note(func(s *evidence) { s.overtaken = time.Now() })
	t.pause(starve.NetworkTimer)
	// The next attempt's client learns of its outcome first, and only then this one lands.
	return sleep(t.ctx, time.Millisecond) && t.s.stagger(t.ctx, ownSlot)
}

// stagger holds the whole request of a staggered copy: a service begins to work at the first bytes.
func (t *tap) stagger() bool { return t.await(fault.Staggered) }

// release holds the last byte of a concurrent copy, when all others are already with the service.
func (t *tap) release() bool {
	return !t.broken && t.await(fault.Together) && t.s.n.pass(t.ctx, t.s, upstream)
}

func (t *tap) await(released fault.Copying) bool {
	for _, m := range t.s.races {
		if !t.first || m.race.fault.Kind.Traits().Copied != released {
			continue
		}
		if !m.race.wait(t.ctx, m.copy) || !t.s.a.Instant && !t.s.stagger(t.ctx, ownSlot) {
			return false
		}
	}
	return true
}

func (t *tap) dial() bool {
	if t.service != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(t.ctx, dialTimeout)
	defer cancel()
	conn, err := t.s.n.conf.Dial(moment.With(starve.With(ctx, t.s.steps), t.moment()), t.s.a.Replica)
	if err != nil {
		t.s.unreachable(err)
		t.openDown()
		_ = t.conn.Tap.Close()
		return false
	}
	t.service = conn
	go t.down()
	return true
}

// give writes to the service. What the service does not take is dropped: the way back tells the
// client.
func (t *tap) give(p []byte) {
	if len(p) == 0 || t.broken || !t.s.n.pass(t.ctx, t.s, upstream) {
		return
	}
	n, err := t.service.Write(p)
	t.s.log.note(func(*evidence) { t.hit.bytes += n })
	t.broken = err != nil
}

// delivered starts what follows the last byte of a request.
func (t *tap) delivered() {
	if t.broken {
		return
	}
	t.s.log.note(func(*evidence) { t.hit.sent = time.Now() })
	if !t.first {
		return
	}
	for _, m := range t.s.races {
		m.race.sent(m.copy)
	}
	if t.s.planned.disconnect != nil {
		t.s.n.spawn(t.disconnect)
	}
	if h := t.s.planned.hidden; h != nil && h.Mode != fault.AfterAnswer {
		t.again(t.hit)
	}
	if t.s.planned.gateway != nil {
		t.replace()
	}
}

// cutShort records a request whose end never came.
func (t *tap) cutShort() {
	if t.hit != nil && t.hit.bytes > 0 {
		t.s.record(model.Event{Kind: model.Sent, Hit: t.hit.number, Bytes: t.hit.bytes})
	}
	if t.hit != nil && t.hit.bytes == 0 {
		t.forget(t.hit)
	}
}

// leave passes on that the client has left, at once or once the service has answered.
func (t *tap) leave() {
	if t.service == nil {
		return
	}
	stop := context.AfterFunc(t.ctx, func() { _ = t.service.Close() })
	defer stop()
	switch {
	case !t.owed():
		t.part()
	case !t.lingers():
		_ = link.CloseWrite(t.service)
	}
	<-t.downDone
	_ = t.service.Close()
}

// part ends the connection to a service that owes nothing any more.
func (t *tap) part() {
	if t.s.n.conf.Abort {
		_ = link.Reset(t.service)
		return
	}
	_ = t.service.Close()
}

// lingers reports whether the client's leaving stays hidden: the plan says so, or a partition holds
// it.
func (t *tap) lingers() bool {
	return t.s.linger.Load() || !t.s.n.pass(t.ctx, t.s, upstream) || t.s.linger.Load()
}

// owed notes that the client has left, and reports whether the service owes an answer.
func (t *tap) owed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clientLeft = true
	return len(t.waiting) > 0
}

func (t *tap) forget(h *hit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting, h); i >= 0 {
		t.waiting = append(t.waiting[:i:i], t.waiting[i+1:]...)
	}
}

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

// again sends a request a second time on a connection of its own, as a network that repeats itself.
func (t *tap) again(h *hit) {
	var raw []byte
	t.s.log.note(func(*evidence) { raw, h.raw = h.raw, nil })
	if raw != nil {
		t.s.also(func() { t.s.resend(raw, h.method) })
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
