package payment

import (
	"sync"
)

// gate lets at most limit visitors of one name in at a time, and turns the others away. Nobody
// works while holding its mutex.
type gate struct {
	limit  int
	mu     sync.Mutex // guards inside
	inside map[string]int
}

func newGate(limit int) *gate { return &gate{limit: limit, inside: map[string]int{}} }

// enter returns how to leave again, or false when the place is full.
func (g *gate) enter(name string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[name] >= g.limit {
		return nil, false
	}
	g.inside[name]++
	return func() { g.leave(name) }, true
}

func (g *gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[name]--; g.inside[name] == 0 {
		delete(g.inside, name) // or the map would keep every key ever seen
	}
}
