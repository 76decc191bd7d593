package conditions

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

// TestWhatATimeWasLike: calm in virtual time, late with what woke late, void where the service refused
// everybody.
func TestWhatATimeWasLike(t *testing.T) {
	require.Equal(t, Calm{}, Timing(nil)())
	synctest.Test(t, func(t *testing.T) {
		c := New(rate.NewLimiter(100, 10), 400*time.Millisecond)
		late := func(by time.Duration) Calm {
			require.NoError(t, sleep.For(t.Context(), time.Second))
			ended := Timing(c)
			c.pulse.next(time.Now())
			require.NoError(t, sleep.For(t.Context(), by))
			c.pulse.woke(time.Now())
			return ended()
		}
		require.Equal(t, Calm{Stretched: 100}, late(time.Millisecond))
		require.Equal(t, Calm{Stretched: 100, Late: 20 * time.Millisecond}, late(20*time.Millisecond))
		busy := late(21 * time.Millisecond)
		require.Equal(t, "the machine was too busy: run idemcheck on a calmer one", busy.Why)
		require.False(t, busy.Void)
		busy = late(41 * time.Millisecond)
		require.Contains(t, busy.Why, "timers came up to 41ms late")
		require.False(t, busy.Void)
		ended := Timing(c)
		c.limits.refused(Reader, 429, 0)
		require.True(t, ended().Void, "what was answered means little then")
	})
}

func TestWhatMayHaveTakenSoLongWithoutBeingSlower(t *testing.T) {
	const wanted = 100 * time.Millisecond
	require.Equal(t, wanted, Calm{}.Limit(wanted))
	require.Equal(t, 124*time.Millisecond, Calm{Late: 4 * time.Millisecond, Stretched: 120}.Limit(wanted))
	require.Equal(t, 2*wanted, Calm{Why: "busy"}.Limit(wanted))
	require.Equal(t, 6*wanted+300*time.Millisecond,
		Calm{Why: "busy", Stretched: 300, Late: 30 * time.Millisecond}.Limit(wanted))
}

// TestTurnsOfOthersAreNoticed: beside four times as much work as there is room for, our own takes
// longer than its quickest part says.
func TestTurnsOfOthersAreNoticed(t *testing.T) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				runtime.KeepAlive(n)
			}
		})
	}
	defer wg.Wait()
	defer stop.Store(true)
	most := 0
	for n := 0; n < 20 && most <= maxStretched; n++ {
		most = max(most, stretched())
	}
	require.Greater(t, most, maxStretched)
}
