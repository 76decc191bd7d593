package reference

import (
	"context"
	"sync"
)

// gate lets at most limit visitors of one name in at a time. The others are turned away, or wait
// outside of its mutex, which is never held while somebody works.
type gate struct {
	limit  int
	mu     sync.Mutex // guards inside and left
	inside map[string]int
	left   chan struct{} // closed when the next visitor leaves; nil while nobody waits
}

func newGate(limit int) *gate { return &gate{limit: limit, inside: map[string]int{}} }

// enter returns how to leave again, or false when the place is full.
func (g *gate) enter(name string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.admit(name)
}

// admit is for those who hold the mutex.
func (g *gate) admit(name string) (leave func(), ok bool) {
	if g.inside[name] >= g.limit {
		return nil, false
	}
	g.inside[name]++
	return func() { g.leave(name) }, true
}

// await enters as soon as there is room. It fails when the context ends first.
func (g *gate) await(ctx context.Context, name string) (leave func(), err error) {
	for {
		leave, left := g.enterOrWatch(name)
		if leave != nil {
			return leave, nil
		}
		select {
		case <-left:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// enterOrWatch returns how to leave again, or what is closed when somebody has left.
func (g *gate) enterOrWatch(name string) (leave func(), left <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if leave, ok := g.admit(name); ok {
		return leave, nil
	}
	if g.left == nil {
		g.left = make(chan struct{})
	}
	return nil, g.left
}

func (g *gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[name]--; g.inside[name] == 0 {
		delete(g.inside, name) // or the map would keep every key ever seen
	}
	if g.left != nil {
		close(g.left)
		g.left = nil
	}
}
