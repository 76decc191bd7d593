package campaign

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// overlaps runs a case whose attempts take 10ms each, and returns which operations had a final
// attempt under way while another one began.
func overlaps(t *testing.T, b *bench) (met map[string]bool, order []string) {
	t.Helper()
	var mu sync.Mutex
	met, under := map[string]bool{}, map[string]bool{}
	b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Completion {
		if !a.Final {
			return chaos.Completion{Err: "timeout"}
		}
		mu.Lock()
		for other := range under {
			met[other+a.Operation] = true
		}
		under[a.Operation] = true
		order = append(order, a.Operation)
		mu.Unlock()
		_ = sleep.For(ctx, 10*time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		delete(under, a.Operation)
		return chaos.Completion{Answer: &model.Answer{Status: 201}}
	}
	_, _ = b.once(t)
	return met, order
}

func TestFinalRetriesOfOneKeyFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t),
			stub.Beside([2]string{"k1", "m1"}, [2]string{"k2", "m2"}, [2]string{"k1", "m3"}))
		met, order := overlaps(t, b)
		require.True(t, met["ab"] && met["ba"], "a and b have nothing in common")
		require.False(t, met["ac"] || met["ca"], "a and c carry one key")
		require.Equal(t, []string{"a", "b", "a", "b", "c", "c"}, order)
	})
}
