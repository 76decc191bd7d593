package network

import "sync"

// Group holds the open nets of a world, so that the world can close what its user left open. The
// zero value is ready.
type Group struct {
	room Room
	mu   sync.Mutex
	nets map[*Net]bool
}

// Open makes a net that belongs to the group until it is closed.
func (g *Group) Open(conf Config) *Net {
	conf.Room = &g.room
	n := New(conf)
	n.closing = func() { g.remove(n) }
	g.add(n)
	return n
}

func (g *Group) add(n *Net) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.nets == nil {
		g.nets = map[*Net]bool{}
	}
	g.nets[n] = true
}

func (g *Group) remove(n *Net) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.nets, n)
}

// Close closes every net that is open.
func (g *Group) Close() {
	for n := range g.take() {
		n.Close()
	}
}

// take returns the nets that are open, and forgets them.
func (g *Group) take() map[*Net]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	nets := g.nets
	g.nets = nil
	return nets
}
