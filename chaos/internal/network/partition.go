package network

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/model/fault"
)

// direction is the way bytes go.
type direction int

const (
	upstream direction = iota
	downstream
)

// partition holds the bytes of every attempt from its beginning until its span is over or it is
// healed.
type partition struct {
	fault  *planned
	report func(fired bool, detail string)
	// late waits as long as the network is late to notice that the span is over.
	late func()
	over chan struct{}

	mu    sync.Mutex // never held while waiting
	begun time.Time
	ended bool
	timer *time.Timer
	held  map[string]bool
}

func (n *Net) partition(f *planned) *partition {
	steps := n.conf.Pauses.Of("partition at " + spot(f.Operation, f.Attempt))
	return &partition{
		fault: f, over: make(chan struct{}), held: map[string]bool{},
		report: func(fired bool, detail string) { n.report(f, fired, detail) },
		late:   func() { steps.Pause(n.ctx, starve.NetworkTimer) },
	}
}

func (p *partition) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended && p.begun.IsZero() {
		p.report(false, "everything had healed before it began")
	}
	if p.ended || !p.begun.IsZero() {
		return
	}
	p.begun = time.Now()
	if span := p.fault.Span.Std(); span > 0 {
		p.timer = time.AfterFunc(span, func() {
			p.late()
			p.end()
		})
	}
}

// end heals the partition; one that has not begun will not begin any more. It is reported before
// the held bytes go on, so that a history shows them in this order.
func (p *partition) end() {
	if p.stop() {
		p.tell()
		close(p.over)
	}
}

// tell reports what became of a partition that began.
func (p *partition) tell() {
	if fired, detail, begun := p.verdict(); begun {
		p.report(fired, detail)
	}
}

// stop reports whether this call was the one that ended the partition.
func (p *partition) stop() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return false
	}
	p.ended = true
	if p.timer != nil {
		p.timer.Stop()
	}
	return true
}

// verdict reports whether the partition has held anything; begun is false for one that never began.
func (p *partition) verdict() (fired bool, detail string, begun bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun.IsZero() {
		return false, "", false
	}
	lasted := time.Since(p.begun).Round(time.Microsecond)
	n := len(p.held)
	return n > 0, fmt.Sprintf("lasted %v and held bytes of %d attempts", lasted, n), true
}

// holds notes that it holds bytes of an attempt, if it does.
func (p *partition) holds(s *session, d direction) bool {
	if !p.covers(d) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun.IsZero() || p.ended {
		return false
	}
	p.held[spot(s.a.Operation, s.a.Number)] = true
	return true
}

// covers reports whether a partition is one of a direction.
func (p *partition) covers(d direction) bool {
	return (p.fault.Mode != fault.Upstream || d == upstream) &&
		(p.fault.Mode != fault.Downstream || d == downstream)
}

// pass waits while a partition holds the attempt's bytes. It reports false when ctx has ended.
func (n *Net) pass(ctx context.Context, s *session, d direction) bool {
	for _, p := range n.partitions {
		if s.a.Final || !p.holds(s, d) {
			continue
		}
		s.linger.Store(true)
		select {
		case <-p.over:
			s.stagger(ctx, ownSlot)
		case <-ctx.Done():
			return false
		}
	}
	return true
}
