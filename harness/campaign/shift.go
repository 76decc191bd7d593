package campaign

import (
	"context"
	"sync"
	"time"
)

// shift is work on cases: next returns the index of one, work runs it, and put files what came of
// it.
type shift struct {
	next func() (int, bool)
	work func(int) *outcome
	put  func(int, *outcome)
}

// workers do a shift side by side: as many as the crew lets in, and parallel at most. What comes of
// each case is weighed before it is filed.
func (s *sweep) workers(ctx context.Context, parallel int, all shift) {
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for {
				b := s.crew.enter()
				i, ok := all.next()
				if !ok {
					s.crew.leave(b)
					return
				}
				o := all.work(i)
				s.judge(ctx, o, s.crew.done(b, o.finish()))
				all.put(i, o)
			}
		})
	}
	wg.Wait()
}

// judge weighs an outcome. What was seen alone counts only if it is not the service that fails.
func (s *sweep) judge(ctx context.Context, o *outcome, alone bool) {
	s.weigh(o, alone)
	if (alone || s.conditions == nil) && !s.stands(ctx, o) {
		o.withdraw()
	}
}

// longEnough is for how long a run in real time goes on at most before it looks at what may be a
// violation, and again after the first violation: where keys hang, every case takes many seconds.
const longEnough = 10 * time.Second

// forLong reports whether something was known for long enough. Virtual time counts cases alone.
func (s *sweep) forLong(since time.Time) bool {
	return s.conditions != nil && !since.IsZero() && time.Since(since) >= longEnough
}
