package store

import (
	"context"
	"slices"
	"sync"
)

// Strike is a fault at the next act of a kind.
type Strike struct {
	At Act
	// Do is done at that moment, such as a delay or a kill; nil does nothing.
	Do func(context.Context)
	// Ruling is what becomes of the message then.
	Ruling Ruling
}

// Strikes are the faults that a link makes. Its Watch rules by them; the zero value has none.
type Strikes struct {
	mu sync.Mutex
	// waiting are those whose moment has not come, the oldest first; protected by mu.
	waiting []*Armed
}

// Armed is a strike that waits for its moment.
type Armed struct {
	Strike
	of *Strikes
	// fired is where it struck; protected by of.mu.
	fired *Passage
}

// Arm lets a strike wait for its moment. Of several that wait for the same the oldest takes it.
func (s *Strikes) Arm(strike Strike) *Armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Armed{Strike: strike, of: s}
	s.waiting = append(s.waiting, a)
	return a
}

// Disarm lets the strike wait no more. It returns where it struck, or nil when it did not.
func (a *Armed) Disarm() *Passage {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.of.waiting = slices.DeleteFunc(a.of.waiting, func(w *Armed) bool { return w == a })
	return a.fired
}

// Watch implements [Watch].
func (s *Strikes) Watch(ctx context.Context, m Passage) Ruling {
	a := s.taken(m)
	if a == nil {
		return Pass
	}
	if a.Do != nil {
		a.Do(ctx)
	}
	return a.Ruling
}

// taken is the strike whose moment has come, which waits no more; nil when none does.
func (s *Strikes) taken(m Passage) *Armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.waiting, func(a *Armed) bool { return a.At == m.Act })
	if i < 0 {
		return nil
	}
	a := s.waiting[i]
	s.waiting, a.fired = slices.Delete(s.waiting, i, i+1), &m
	return a
}
