package memory

import (
	"context"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// crashNet adds crashes to the network of a case.
type crashNet struct {
	chaos.Net
	world  *World
	pauses *starve.Source
	record func(model.Event)
	mu     sync.Mutex
	// crashes are protected by mu.
	crashes []*crash
	stop    context.CancelFunc
	ctx     context.Context //nolint:containedctx // ends with the net, which outlives any one method
}

// crash is one planned crash.
type crash struct {
	fault.Fault
	armed, done bool
	detail      string
	// replica is where its attempt went.
	replica int
}

// Attempt implements [chaos.Net]: it arms the crashes of the attempt.
func (n *crashNet) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	if !a.Final {
		n.arm(a)
	}
	return n.Net.Attempt(ctx, a)
}

// arm starts the clock of crashes at a time, and lets points crash.
func (n *crashNet) arm(a chaos.Attempt) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.crashes {
		if !c.armed && c.Addresses(a.Operation, a.Number) {
			n.load(c, a.Replica)
		}
	}
}

// load arms one crash: it comes at its point, or after its span.
func (n *crashNet) load(c *crash, replica int) {
	c.armed, c.replica = true, replica
	c.detail = "the service did not come to " + c.Point
	if c.Point == "" {
		c.detail = "everything healed before"
		go n.later(c)
	}
}

// later crashes after the planned time, unless everything heals first.
func (n *crashNet) later(c *crash) {
	t := time.NewTimer(c.Span.Std())
	defer t.Stop()
	select {
	case <-t.C:
		n.pauses.Of("crash").Pause(n.ctx, starve.NetworkTimer)
		n.fire(c, c.replica)
	case <-n.ctx.Done():
	}
}

// fire crashes a replica once.
func (n *crashNet) fire(c *crash, replica int) {
	n.mu.Lock()
	if c.done {
		n.mu.Unlock()
		return
	}
	c.done = true
	n.mu.Unlock()
	f := c.Fault
	detail := "killed " + f.Span.String() + " after the attempt began, and started again"
	if f.Point != "" {
		detail = "killed at " + f.Point + ", and started again"
	}
	n.record(model.Event{
		Kind: model.FaultReported, Operation: f.Operation, Attempt: f.Attempt,
		Fault: &f, Fired: true, Detail: detail,
	})
	n.world.restart(replica)
}

// reached crashes a replica when a planned crash waits for a named point, and reports whether it
// did.
func (n *crashNet) reached(point string, replica int) bool {
	c := n.armedAt(point)
	if c == nil {
		return false
	}
	n.fire(c, replica)
	return true
}

// armedAt returns a crash that is to come at a point, or nil.
func (n *crashNet) armedAt(point string) *crash {
	n.mu.Lock()
	defer n.mu.Unlock()
	due, _ := lists.First(n.crashes, func(c *crash) bool {
		return c.armed && !c.done && c.Point == point
	})
	return due
}

// Heal implements [chaos.Net]: what has not crashed by now does not crash any more.
func (n *crashNet) Heal() {
	n.stop()
	n.mu.Lock()
	for _, c := range n.crashes {
		if c.done {
			continue
		}
		c.done = true
		f := c.Fault
		n.record(model.Event{
			Kind: model.FaultReported, Operation: f.Operation, Attempt: f.Attempt,
			Fault: &f, Detail: c.detail,
		})
	}
	n.mu.Unlock()
	n.Net.Heal()
}

// Close implements [chaos.Net].
func (n *crashNet) Close() {
	n.stop()
	n.pauses.Close()
	n.Net.Close()
}
