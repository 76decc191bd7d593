package trial

import (
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/model/fault"
)

// service lets cases share the service, or one have it to itself. Those that want it alone come
// first and one after the other, so that many of them cost the others one pause.
type service struct {
	mu sync.Mutex
	// free is told when somebody leaves.
	free *sync.Cond
	// sharing is how many are at it together, waiting how many want it alone, and taken reports
	// whether one has it. All are protected by mu.
	sharing, waiting int
	taken            bool
}

func newService() *service {
	s := &service{}
	s.free = sync.NewCond(&s.mu)
	return s
}

// enter waits until a case may begin, and returns what it calls when it is over. A nil service is
// shared with nobody.
func (s *service) enter(alone bool) (leave func()) {
	if s == nil {
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if alone {
		s.waiting++
		for s.sharing > 0 || s.taken {
			s.free.Wait()
		}
		s.waiting--
		s.taken = true
	} else {
		for s.waiting > 0 || s.taken {
			s.free.Wait()
		}
		s.sharing++
	}
	return func() { s.leave(alone) }
}

// leave lets others in.
func (s *service) leave(alone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if alone {
		s.taken = false
	} else {
		s.sharing--
	}
	s.free.Broadcast()
}

// strikesProcess reports whether one of some faults strikes the process of the service, and with it
// whoever else is there.
func strikesProcess(faults []fault.Fault) bool {
	return slices.ContainsFunc(faults, func(f fault.Fault) bool {
		return f.Kind.Traits().NeedsProcess
	})
}
