package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// session is one attempt: its faults, its connections and what was seen of it.
type session struct {
	n       *Net
	a       chaos.Attempt
	planned *attemptFaults
	races   []membership
	log     evidenceLog
	steps   *starve.Pauser
	// linger is set when the client's leaving must not be passed on before the service has
	// answered.
	linger atomic.Bool
	// over is closed when the client has its outcome.
	over chan struct{}
	open sync.Once
	// slot is the nanosecond at which the attempt acts, in an ordered net.
	slot    int
	path    Path
	pathErr error

	mu      sync.Mutex // never held while waiting
	hops    []PathConn
	taps    int
	claimed bool
	// roomy reports whether the attempt has room for large answers.
	roomy  bool
	ended  bool
	landed bool
}

// membership is an attempt's place among the copies of a duplicate fault.
type membership struct {
	race *race
	copy int
}

// join begins what several attempts have in common: partitions and races.
func (s *session) join(f *planned) {
	for _, p := range s.n.partitions {
		if p.fault == f {
			p.begin()
		}
	}
	if r := s.n.races[f]; r != nil {
		s.race(r, f)
	}
}

// race makes the attempt one of the copies of a race.
func (s *session) race(r *race, f *planned) {
	m := membership{r, s.a.Number - f.Attempt}
	s.races = append(s.races, m)
	if why := s.planned.neverArrives; why != "" {
		r.breakUp(fmt.Sprintf("copy %d never arrives: %s", m.copy+1, why))
	}
}

// DialContext implements [chaos.ForeignAttempt].
func (s *session) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	s.open.Do(func() {
		route := Route{
			Refuse: s.planned.refuse, Up: s.planned.up, Down: s.planned.down,
			Cut: s.planned.cut != nil, Steps: s.steps,
		}
		s.path, s.pathErr = s.n.conf.Carrier.Open(ctx, route)
	})
	if s.pathErr != nil {
		return nil, s.pathErr
	}
	conn, err := s.path.Dial(ctx)
	if err != nil {
		s.log.noteDialled(err)
		return nil, err
	}
	if !s.start(conn) {
		conn.Kill()
		return nil, net.ErrClosed
	}
	answers := s.steps.Reader(conn.Client, starve.ClientReads)
	return &clientConn{Conn: conn.Client, s: s, answers: answers}, nil
}

// start runs the tap of one connection.
func (s *session) start(conn PathConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.landed || !s.n.spawn(newTap(s, conn).run) {
		return false
	}
	s.taps++
	s.hops = append(s.hops, conn)
	return true
}

// also runs f as another part of the attempt that must land.
func (s *session) also(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	started := s.n.spawn(func() {
		defer s.tapped()
		f()
	})
	if started {
		s.taps++
	}
}

// claim reports whether a message is the first of the attempt: only that one is held, copied or
// raced.
func (s *session) claim() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.claimed
	s.claimed = true
	return first
}

// End implements [chaos.ForeignAttempt].
func (s *session) End(o chaos.Completion) {
	s.mu.Lock()
	again := s.ended
	s.ended = true
	s.mu.Unlock()
	if again {
		return
	}
	s.log.note(func(v *evidence) {
		setOnce(&v.ended)
		v.outcome = o
	})
	close(s.over)
	for _, m := range s.races {
		m.race.breakUp(fmt.Sprintf("copy %d ended before: %s", m.copy+1, endOf(o)))
	}
	s.land()
	s.n.complete(s.a.Operation, s.a.Number)
}

func endOf(o chaos.Completion) string {
	if o.Err != "" {
		return o.Err
	}
	return "it was answered"
}

// tapped is called when a connection of the attempt has ended on the service's side.
func (s *session) tapped() {
	s.mu.Lock()
	s.taps--
	s.mu.Unlock()
	s.land()
}

// land finishes the attempt once the client has its outcome and nothing is under way any more.
func (s *session) land() {
	if !s.lands() {
		return
	}
	s.kill()
	s.n.conf.Room.leave(s)
	s.reportFaults()
	if s.path != nil {
		s.path.Close()
	}
	s.n.leave(s)
}

// lands reports whether nothing of the attempt is under way any more, once.
func (s *session) lands() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ready := s.ended && s.taps == 0 && !s.landed
	s.landed = s.landed || ready
	return ready
}

func (s *session) reportFaults() {
	for _, m := range s.races {
		if m.race.land(m.copy) {
			s.n.reportRace(m.race)
		}
	}
	for _, f := range s.planned.faults {
		s.reportFault(f)
	}
}

// reportFault says what became of a fault that the attempt shares with no other one.
func (s *session) reportFault(f *planned) {
	if row, _ := wired(f.Kind); row.share == nil {
		fired, detail := s.fired(f.Fault)
		s.n.report(f, fired, detail)
	}
}

// kill cuts what is left of the attempt's connections.
func (s *session) kill() {
	s.mu.Lock()
	hops := s.hops
	s.mu.Unlock()
	for _, h := range hops {
		h.Kill()
	}
}

// hangUp makes the client itself leave, as planned.
func (s *session) hangUp(reset bool) {
	leave := net.Conn.Close
	if reset {
		leave = link.Reset
	}
	for _, h := range s.connections() {
		_ = leave(h.Client)
	}
}

func (s *session) connections() []PathConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hops
}

func (s *session) record(e model.Event) {
	e.Operation, e.Attempt, e.Final = s.a.Operation, s.a.Number, s.a.Final
	s.n.conf.Case.Record(e)
}

// state says what a session waits for.
func (s *session) state() string {
	select {
	case <-s.over:
	default:
		return "is still the client's"
	}
	if s.log.isWaiting() {
		return "waits for the service's answer"
	}
	return "has not landed"
}

// unreachable keeps why the service could not be reached, for the client's outcome.
func (s *session) unreachable(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	s.log.noteServiceErr(err)
	for _, m := range s.races {
		m.race.breakUp(fmt.Sprintf("copy %d did not reach the service: %v", m.copy+1, err))
	}
}

// large reports whether a large answer to the attempt may be read.
func (s *session) large() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roomy = s.roomy || s.n.conf.Room.take()
	return s.roomy
}

// fired tells from the evidence whether a fault of the attempt fired, and what was seen of it.
func (s *session) fired(f fault.Fault) (bool, string) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	row, known := wired(f.Kind)
	if !known || row.proof == nil {
		return false, "unknown kind of fault"
	}
	return row.proof(&s.log.s, f)
}

func (s *session) resend(raw []byte, method string) {
	ctx, cancel := context.WithTimeout(s.n.ctx, dialTimeout)
	defer cancel()
	if !s.stagger(ctx, duplicatesSlot) {
		return
	}
	steps := s.n.conf.Pauses.Of("the duplicate of " + spot(s.a.Operation, s.a.Number))
	steps.Pause(ctx, starve.LinkUp)
	conn, err := s.n.conf.Dial(starve.With(ctx, steps), s.a.Replica)
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
