package process

import (
	"context"
	"net"
	"sync"
)

// Gate holds whoever dials a service while it is started again, as a balancer before it does: so
// that a retry meets the new process and not a closed port. The zero value is open.
type Gate struct {
	mu sync.Mutex
	// opened is closed when the gate opens again; nil while it is open. Protected by mu.
	opened chan struct{}
}

// shut lets nobody through.
func (g *Gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
}

// open lets everybody through who waits.
func (g *Gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// Dial makes connections as next does, once the gate is open.
func (g *Gate) Dial(
	next func(ctx context.Context, network, address string) (net.Conn, error),
) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		if opened != nil {
			select {
			case <-opened:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return next(ctx, network, address)
	}
}
