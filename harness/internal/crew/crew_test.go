package crew

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

// together has n cases begin in a crew that must have room for them, and end in their order.
func together(c *Crew, n int, f Finish) {
	var all []*Berth
	for range n {
		all = append(all, c.Enter())
	}
	for _, b := range all {
		c.Done(b, f)
	}
}

func TestACrewGrowsWithEveryCaseOnTime(t *testing.T) {
	c := New(7)
	require.Equal(t, initialParallel, c.limit)
	for _, want := range []int{5, 6, 7, 7} {
		together(c, 1, Finish{})
		require.Equal(t, want, c.limit)
	}
	require.Equal(t, 2, New(2).limit, "never more than allowed")
}

func TestACrewShrinksWhenHindered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(64)
		c.limit = 48
		tick := func() { require.NoError(t, sleep.For(t.Context(), time.Millisecond)) }
		tick()
		together(c, 5, Finish{Starved: true})
		require.Equal(t, 24, c.limit, "halved once for all that were under way together")
		for range 2 {
			tick()
			together(c, 23, Finish{})
			require.Equal(t, 24, c.limit)
			together(c, 1, Finish{})
			require.Equal(t, 25, c.limit, "carefully: one more for as many as there are")
			c.limit--
		}
		for _, want := range []int{12, 6, 4, 4} {
			tick()
			together(c, 1, Finish{Starved: true})
			require.Equal(t, want, c.limit, "fewer gain nothing")
		}
		for _, want := range []int{2, 1, 1} {
			tick()
			together(c, 1, Finish{Refused: true})
			require.Equal(t, want, c.limit)
		}
		tick()
		together(c, 1, Finish{Starved: true})
		require.Equal(t, 1, c.limit)
		together(c, 1, Finish{})
		require.Equal(t, 2, c.limit, "it recovers")
	})
}

func TestACrewShrinksWhenTooManyFaultsMiss(t *testing.T) {
	c := New(64)
	c.limit = 40
	missed := Finish{Faults: true, Missed: true}
	for range 3 {
		together(c, maxMissed, missed)
		together(c, recent, Finish{Faults: true})
		together(c, recent, Finish{})
	}
	require.Equal(t, 64, c.limit, "some miss on an idle machine too")
	together(c, maxMissed, missed)
	require.Equal(t, 64, c.limit)
	together(c, 1, missed)
	require.Equal(t, 32, c.limit)
}

func TestACrewKnowsWhoWasAlone(t *testing.T) {
	c := New(3)
	first := c.Enter()
	require.True(t, c.Done(first, Finish{}))
	first, second := c.Enter(), c.Enter()
	require.False(t, c.Done(second, Finish{}))
	require.False(t, c.Done(first, Finish{}), "it was not alone all the time")
	third := c.Enter()
	c.Leave(third)
	require.True(t, c.Done(c.Enter(), Finish{}))
}

func TestACrewHasRoomForItsNumberOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(2)
		var under, maxUnder atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				b := c.Enter()
				maxUnder.Store(max(maxUnder.Load(), under.Add(1)))
				_ = sleep.For(t.Context(), time.Millisecond)
				under.Add(-1)
				c.Done(b, Finish{})
			})
		}
		wg.Wait()
		require.Equal(t, int32(2), maxUnder.Load())
	})
}
