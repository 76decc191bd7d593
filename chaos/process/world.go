package process

import (
	"context"
	"fmt"
	"sync"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// World is another world with faults that strike the process of the service. A case that has one
// must be alone with the service. It implements [chaos.World] and [chaos.Mortal].
type World struct {
	chaos.World
	service Restartable
	gate    *Gate
	// hurry ends pauses early, and ctx what is started again.
	hurry <-chan struct{}
	ctx   context.Context //nolint:containedctx // of all nets, which outlive any one method
	stop  context.CancelFunc
	mu    sync.Mutex
	lost  error // why the service did not come again; protected by mu
}

var (
	_ chaos.World  = (*World)(nil)
	_ chaos.Mortal = (*World)(nil)
)

// Under makes the world of a service that can be struck and is reached through another world, whose
// connections pass the gate. Pauses end when hurry is closed; nil never is.
func Under(w chaos.World, service Restartable, gate *Gate, hurry <-chan struct{}) *World {
	out := &World{World: w, service: service, gate: gate, hurry: hurry}
	out.ctx, out.stop = context.WithCancel(context.Background())
	return out
}

// Alive implements [chaos.Mortal].
func (w *World) Alive() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost != nil {
		return w.lost
	}
	return chaos.Alive(w.World)
}

// lose keeps why the service did not come again.
func (w *World) lose(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost == nil {
		w.lost = err
	}
}

// Expresses implements [chaos.World].
func (w *World) Expresses(f fault.Fault) error {
	row := strikeOf(f.Kind)
	switch {
	case row == nil:
		return w.World.Expresses(f)
	case f.Operation == "" || f.Attempt < 1:
		return fmt.Errorf("fault %s: it has no address", f.Kind)
	case f.Point != "" && f.Point != fault.Answered:
		return fmt.Errorf("fault %s: nobody sees from outside when the service comes to %s", f.Kind,
			f.Point)
	case row.holds && f.Hold <= 0:
		return fmt.Errorf("fault %s: it does not say how long it lasts", f.Kind)
	}
	return nil
}

// Open implements [chaos.World].
func (w *World) Open(o chaos.NetOptions) chaos.Net {
	n := &struckNet{world: w, record: o.Record}
	n.ctx, n.stop = context.WithCancel(w.ctx)
	var others []fault.Fault
	for _, f := range o.Faults {
		if strikeOf(f.Kind) == nil {
			others = append(others, f)
			continue
		}
		n.planned = append(n.planned, &strike{Fault: f, why: "its request did not reach the service"})
	}
	o.Faults, o.Record = others, n.saw
	n.Net = w.World.Open(o)
	return n
}

// Close implements [chaos.World].
func (w *World) Close() error {
	w.Leave()
	return w.World.Close()
}

// Leave ends what strikes the service, or starts it again; the world below it stays open.
func (w *World) Leave() {
	w.stop()
	w.gate.open()
}

// struckNet adds what strikes the service to the network of a case.
type struckNet struct {
	chaos.Net
	world  *World
	record func(model.Event)
	ctx    context.Context //nolint:containedctx // ends when everything heals
	stop   context.CancelFunc
	// under counts what strikes now.
	under sync.WaitGroup
	mu    sync.Mutex
	// planned are protected by mu.
	planned []*strike
}

// strike is one planned fault.
type strike struct {
	fault.Fault
	armed, begun bool
	// why says why it did not happen, should it not.
	why string
}

// saw records what the wire sees, and strikes when the time has come: a while after a request was
// handed to the service, or when the service has answered it.
func (n *struckNet) saw(e model.Event) {
	n.record(e)
	if e.Final {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.planned {
		if s.begun || !s.Addresses(e.Operation, e.Attempt) {
			continue
		}
		switch {
		case e.Kind == model.Sent && e.Complete && s.Point == "" && !s.armed:
			s.armed, s.why = true, "everything healed before"
			n.under.Go(func() { n.later(s) })
		case e.Kind == model.Sent && s.Point == fault.Answered:
			s.why = "the service did not answer"
		case e.Kind == model.Answered && e.Answer != nil && s.Point == fault.Answered:
			s.begun = true
			n.under.Go(func() { n.strike(s) })
		}
	}
}

// Heal implements [chaos.Net]: what has not begun by now does not begin, and what has is waited
// for.
func (n *struckNet) Heal() {
	n.stop()
	n.under.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.planned {
		if !s.begun {
			s.begun = true
			n.report(s, false, s.why)
		}
	}
	n.Net.Heal()
}

// Close implements [chaos.Net].
func (n *struckNet) Close() {
	n.stop()
	n.Net.Close()
	n.under.Wait()
}

// report records whether a fault happened.
func (n *struckNet) report(s *strike, fired bool, detail string) {
	f := s.Fault
	n.record(model.Event{
		Kind: model.FaultReported, Operation: f.Operation, Attempt: f.Attempt,
		Fault: &f, Fired: fired, Detail: detail,
	})
}
