package trial

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
)

// TestWhoeverIsAloneIsAlone lets many enter in all orders: those that share meet each other at times, and
// nobody meets one that has the service to itself.
func TestWhoeverIsAloneIsAlone(t *testing.T) {
	s := newService()
	var mu sync.Mutex
	shared, alone, most := 0, 0, 0
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() {
			mine := i%7 == 0
			defer s.enter(mine)()
			mu.Lock()
			if mine {
				alone++
			} else {
				shared++
			}
			most = max(most, shared)
			wrong := alone > 1 || alone == 1 && shared > 0
			mu.Unlock()
			if wrong {
				t.Error("a case met one that is to be alone")
			}
			mu.Lock()
			defer mu.Unlock()
			if mine {
				alone--
			} else {
				shared--
			}
		})
	}
	all.Wait()
	require.Positive(t, most)
	var nobody *service
	nobody.enter(true)()
	require.True(t, strikesProcess([]fault.Fault{{Kind: fault.Delay}, {Kind: fault.Pause}}))
	require.False(t, strikesProcess([]fault.Fault{{Kind: fault.Delay}}))
}
