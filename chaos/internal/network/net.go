package network

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/model"
)

// dialTimeout bounds how long the tap tries to reach the service.
const dialTimeout = 10 * time.Second

// Config is what a net needs of its world.
type Config struct {
	Case    chaos.NetOptions
	Carrier Carrier
	// Dial opens a connection to a replica of the service, ready for HTTP/1.1 (with TLS where that
	// is spoken).
	Dial func(ctx context.Context, replica int) (net.Conn, error)
	// Abort ends connections on which everything was answered with RST instead of FIN, so
	// that the system need not remember them.
	Abort bool
	// Ordered keeps apart by nanoseconds what may be kept apart, so that a case repeats
	// itself in virtual time.
	Ordered bool
	// Room is for large answers; nil is enough for all.
	Room *Room
	// Pauses are those of the case; nil for none.
	Pauses *starve.Source
}

// Net is the network of one case. It implements [chaos.Net] and [chaos.Clients].
type Net struct {
	conf   Config
	steps  *starve.Pauser
	ctx    context.Context
	cancel context.CancelFunc
	// healed is closed by Heal.
	healed chan struct{}
	heal   sync.Once
	// closing tells the group that the net is closed.
	closing func()

	faults     []*planned
	partitions []*partition
	races      map[*planned]*race

	// buffers are those of connections that have ended.
	buffers sync.Pool

	// work counts goroutines that Close waits for.
	work sync.WaitGroup

	mu     sync.Mutex // never held while waiting
	closed bool
	// attempts counts those begun.
	attempts int
	live     map[*session]bool
	// changed is closed and replaced whenever a session lands.
	changed   chan struct{}
	completed map[string]chan struct{}
}

var (
	_ chaos.Net     = (*Net)(nil)
	_ chaos.Clients = (*Net)(nil)
)

// bufferSize is how much is read at once.
const bufferSize = 4 << 10

// buffer returns a buffer to read into; it is handed back with release.
func (n *Net) buffer() *[bufferSize]byte {
	if b, ok := n.buffers.Get().(*[bufferSize]byte); ok {
		return b
	}
	return new([bufferSize]byte)
}

func (n *Net) release(b *[bufferSize]byte) { n.buffers.Put(b) }

// New makes the network of one case.
func New(conf Config) *Net {
	ctx, cancel := context.WithCancel(context.Background())
	n := &Net{
		conf: conf, steps: conf.Pauses.Of("the net"), ctx: ctx, cancel: cancel,
		healed: make(chan struct{}),
		races:  map[*planned]*race{}, live: map[*session]bool{}, changed: make(chan struct{}),
		completed: map[string]chan struct{}{}, closing: func() {},
	}
	for _, f := range conf.Case.Faults {
		n.plan(&planned{Fault: f})
	}
	return n
}

func (n *Net) plan(f *planned) {
	n.faults = append(n.faults, f)
	row, _ := wired(f.Kind)
	if err := Expresses(f.Fault); err != nil {
		n.report(f, false, err.Error())
	} else if row.share != nil {
		row.share(n, f)
	}
}

// race begins to join the copies of a duplicate.
func (n *Net) race(f *planned) { n.races[f] = newRace(f, n.conf.Ordered) }

// report records once whether a fault fired.
func (n *Net) report(f *planned, fired bool, detail string) {
	if !f.reported.CompareAndSwap(false, true) {
		return
	}
	fault := f.Fault
	n.conf.Case.Record(model.Event{
		Kind: model.FaultReported, Operation: f.Operation, Attempt: f.Attempt,
		Fault: &fault, Fired: fired, Detail: detail,
	})
}

// reportRace records a race and whether its fault fired. Staggered copies need not meet: they
// fire when each was sent at its time.
func (n *Net) reportRace(r *race) {
	if r.fault.reported.Load() {
		return
	}
	if see := n.conf.Case.Copies; see != nil {
		see(r.fault.Fault, r.stays())
	}
	overlap, onTime, detail := r.result()
	if r.staggered() {
		n.report(r.fault, onTime, detail)
		return
	}
	fired := onTime && overlap > 0
	n.conf.Case.Record(model.Event{
		Kind: model.Raced, Operation: r.fault.Operation, Attempt: r.fault.Attempt,
		Copies: r.fault.Copies, Overlap: overlap, Fired: fired, Detail: detail,
	})
	n.report(r.fault, fired, detail)
}

// Heal implements [chaos.Net].
func (n *Net) Heal() {
	n.steps.Pause(n.ctx, starve.Driver)
	n.heal.Do(func() { close(n.healed) })
	for _, p := range n.partitions {
		p.end()
	}
	for _, r := range n.races {
		r.breakUp("everything healed before all copies were there")
	}
}

// Drain implements [chaos.Net].
func (n *Net) Drain(ctx context.Context) error {
	for {
		names, changed := n.underWay()
		if len(names) == 0 {
			n.settle(notMade)
			n.steps.Pause(ctx, starve.Driver)
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for what is under way: %s: %w",
				strings.Join(names, ", "), ctx.Err())
		}
	}
}

// underWay names the attempts that have not landed.
func (n *Net) underWay() ([]string, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var names []string
	for s := range n.live {
		names = append(names, "attempt "+spot(s.a.Operation, s.a.Number)+" "+s.state())
	}
	sort.Strings(names)
	return names, n.changed
}

// settle reports what no attempt has reported: partitions that still last, races that lack a
// copy, faults whose attempts were never made.
func (n *Net) settle(why func(*planned) string) {
	for _, p := range n.partitions {
		p.tell()
	}
	for _, f := range n.faults {
		if r := n.races[f]; r != nil {
			n.reportRace(r)
		}
		n.report(f, false, why(f))
	}
}

func notMade(f *planned) string {
	return "attempt " + spot(f.Operation, f.Attempt) + " was not made"
}

// Close implements [chaos.Net]. Faults that have not been reported are reported as not fired.
func (n *Net) Close() {
	defer n.closing()
	n.cancel()
	for _, p := range n.partitions {
		p.end()
	}
	for _, s := range n.shut() {
		s.kill()
	}
	n.work.Wait()
	n.settle(func(*planned) string { return "the net was closed before the fault was over" })
}

func (n *Net) shut() []*session {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	return slices.Collect(maps.Keys(n.live))
}

// spawn runs f in a goroutine that Close waits for, unless the net is closed.
func (n *Net) spawn(f func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.work.Go(f)
	return true
}

// completes is closed when the client of an attempt has its outcome.
func (n *Net) completes(operation string, number int) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.completion(operation, number)
}

// complete closes it. An attempt that is made twice has completed with the first.
func (n *Net) complete(operation string, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if done := n.completion(operation, number); !closed(done) {
		close(done)
	}
}

func (n *Net) completion(operation string, number int) chan struct{} {
	name := spot(operation, number)
	if n.completed[name] == nil {
		n.completed[name] = make(chan struct{})
	}
	return n.completed[name]
}

func closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// Begin implements [chaos.Clients].
func (n *Net) Begin(a chaos.Attempt) chaos.ForeignAttempt { return n.begin(a) }

func (n *Net) begin(a chaos.Attempt) *session {
	s := &session{n: n, a: a, over: make(chan struct{})}
	s.steps = n.conf.Pauses.Of(spot(a.Operation, a.Number))
	var faults []*planned
	for _, f := range n.faults {
		if !a.Final && !f.reported.Load() && f.Addresses(a.Operation, a.Number) {
			faults = append(faults, f)
		}
	}
	s.planned = newAttemptFaults(faults, a)
	s.log.s.requestSize, s.log.s.upLimit = len(a.Head)+len(a.Payload), s.planned.upLimit
	s.linger.Store(s.planned.lingers)
	n.mu.Lock()
	n.live[s] = true
	s.slot = slot(n.attempts)
	n.attempts++
	n.mu.Unlock()
	for _, f := range faults {
		s.join(f)
	}
	return s
}

func (n *Net) leave(s *session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.live, s)
	close(n.changed)
	n.changed = make(chan struct{})
}

// interpret turns raw bytes into what histories hold; nil when they are no HTTP answer.
func (n *Net) interpret(raw []byte, method string) *model.Answer {
	rd := bufio.NewReaderSize(bytes.NewReader(raw), 1<<10)
	resp, err := http.ReadResponse(rd, &http.Request{Method: method})
	if err != nil {
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil
	}
	return n.conf.Case.Interpret(resp.StatusCode, resp.Header, body)
}

// Attempt implements [chaos.Net]. Its client speaks HTTP/1.1 on a connection of its own and repeats
// nothing by itself.
func (n *Net) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	s := n.begin(a)
	s.steps.Pause(ctx, starve.ClientBegins)
	s.stagger(ctx, ownSlot) // a client that gives up learns so from its exchange
	out := s.limited(ctx)
	s.steps.Pause(ctx, starve.ClientEnds)
	s.stagger(n.ctx, clientsSlot)
	s.End(out)
	return out
}
