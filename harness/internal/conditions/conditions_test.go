package conditions

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
)

func TestARateLimitHalvesTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(rate.NewLimiter(2000, 200))
		begun := time.Now()
		for i := range 80 {
			require.NoError(t, l.wait(t.Context(), fmt.Sprint("key", i)))
		}
		l.refused("key1", 429, 0)
		require.False(t, l.during(window{begun, time.Now()}), "one key may be stuck")
		require.InDelta(t, 2000, float64(l.limiter.Limit()), 0.5)
		l.refused("key2", 429, 3*time.Second)
		require.True(t, l.during(window{begun, time.Now()}))
		require.InDelta(t, 40, float64(l.limiter.Limit()), 0.5)
		l.refused("key3", 429, 3*time.Second)
		require.InDelta(t, 40, float64(l.limiter.Limit()), 0.5, "what was sent together counts once")
		require.Equal(t, "the service limits the rate (429 after 80 requests within a second): "+
			"set target.max_rate: 40", l.text())
		require.NoError(t, l.wait(t.Context(), Reader))
		require.Equal(t, 3*time.Second, time.Since(begun), "Retry-After is respected by everybody")
		l.refused(Reader, 429, time.Hour)
		require.InDelta(t, 1, float64(l.limiter.Limit()), 0.5, "and the rate sinks on")
		require.NoError(t, l.wait(t.Context(), Reader))
		require.Equal(t, 3*time.Second+maxBackoff, time.Since(begun))
		require.False(t, l.during(window{begun.Add(time.Second), begun.Add(2 * time.Second)}))
	})
}

// TestARateRisesAgainInTheCalm: a little at a time, never above what the contract allows, and only after
// a longer calm once the service has refused what rose.
func TestARateRisesAgainInTheCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(rate.NewLimiter(100, 10))
		refused := func() {
			for range 100 {
				l.count(time.Now())
			}
			l.refused(Reader, 429, 0)
		}
		// after lets a time go by in which something is sent all the while, and returns the rate then.
		after := func(d time.Duration) float64 {
			for end := time.Now().Add(d); time.Now().Before(end); {
				require.NoError(t, l.wait(t.Context(), "key"))
				require.NoError(t, sleep.For(t.Context(), 50*time.Millisecond))
			}
			return float64(l.limiter.Limit())
		}
		refused()
		require.InDelta(t, 50, after(time.Second+minCalm-100*time.Millisecond), 0.5)
		require.InDelta(t, 55, after(500*time.Millisecond), 0.5)
		require.InDelta(t, 60, after(riseEvery), 0.5)
		require.InDelta(t, 100, after(time.Minute), 0.5, "what the contract allows")
		require.Equal(t, 10, l.limiter.Burst())
		refused()
		require.InDelta(t, 50, after(time.Second+2*minCalm-100*time.Millisecond), 0.5)
		require.InDelta(t, 55, after(500*time.Millisecond), 0.5)
		require.Contains(t, l.text(), "set target.max_rate: 50", "what it was when nothing was refused")
	})
}

// TestAPauseIsNoRateLimit: everybody waits as a reading was asked to, and the rate stays.
func TestAPauseIsNoRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(rate.NewLimiter(100, 10), time.Second)
		begun := time.Now()
		c.Refused(Reader, 503, 3*time.Second)
		require.NoError(t, sleep.For(t.Context(), time.Second))
		c.Refused(Reader, 503, time.Second)
		require.NoError(t, c.Wait(t.Context(), "key"))
		require.Equal(t, 3*time.Second, time.Since(begun))
		require.InDelta(t, 100, float64(c.limits.limiter.Limit()), 0.5)
		require.False(t, c.EverRefused())
		met := c.During(begun, time.Now())
		require.Equal(t, []Cause{{Kind: Paused}}, met)
		require.Contains(t, c.Text(met[0]), "(503 with Retry-After to 2 readings)")
		require.Empty(t, c.During(time.Now().Add(1), time.Now().Add(2)))
		c.Refused(Reader, 503, time.Hour)
		require.NoError(t, c.Wait(t.Context(), "key"))
		require.Equal(t, 3*time.Second+maxBackoff, time.Since(begun))
	})
}

func TestWhatIsARateLimit(t *testing.T) {
	require.True(t, Refuses(429))
	require.False(t, Refuses(503))
	require.True(t, Pauses(Reader, 503, time.Second))
	require.False(t, Pauses(Reader, 503, 0), "that says nothing about later")
	require.False(t, Pauses("key", 503, time.Second), "the key itself may be why")
	require.False(t, Pauses("key", 409, time.Second))
}

func TestCredentialsExpireOnlyAfterTheyWorked(t *testing.T) {
	c := newCredentials()
	c.note("x", 401)
	c.note("y", 201)
	c.note("x", 403)
	c.note("y", 404)
	require.Empty(t, c.expired())
	c.note("y", 401)
	c.note("y", 403)
	require.Equal(t, "the credentials of y worked and were then refused (401): renew the token: "+
		"with session.login, write session.renew_on: [401], or session.renew and how long it lives; "+
		"without it, write a session, or make the run shorter (--cases, --budget)", c.expired())
}

func TestWhatHindersACase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(rate.NewLimiter(100, 10), 400*time.Millisecond)
		begun := time.Now()
		whole := func() (from, to time.Time) { return begun, time.Now() }
		c.pulse.next(begun.Add(10 * time.Millisecond))
		require.NoError(t, sleep.For(t.Context(), 50*time.Millisecond))
		c.pulse.woke(time.Now())
		require.Empty(t, c.During(whole()), "40ms are a tenth of the timeout")
		require.NoError(t, sleep.For(t.Context(), 51*time.Millisecond))
		c.pulse.woke(time.Now())
		require.Equal(t, []Cause{{Kind: Starved, Worst: 41 * time.Millisecond}}, c.During(whole()))
		require.Equal(t, "the machine was too busy: timers came up to 41ms late; run with fewer "+
			"--parallel, or on a calmer machine", c.Text(c.During(whole())[0]))

		c.pulse.next(time.Now().Add(time.Hour))
		require.NoError(t, sleep.For(t.Context(), time.Millisecond))
		begun = time.Now()
		end := c.readings.begin()
		require.NoError(t, sleep.For(t.Context(), 3*time.Millisecond))
		end(true)
		c.readings.learn()
		end = c.readings.begin()
		require.NoError(t, sleep.For(t.Context(), 200*time.Millisecond))
		require.Empty(t, c.During(whole()), "half of the timeout is not silence")
		require.NoError(t, sleep.For(t.Context(), time.Millisecond))
		require.Equal(t, []Cause{{
			Kind: Silent, Worst: 201 * time.Millisecond, usual: 3 * time.Millisecond,
		}}, c.During(whole()))
		require.Contains(t, c.Text(c.During(whole())[0]), "(201ms against 3ms in the warm-up)")
		end(true)

		begun = time.Now().Add(time.Millisecond)
		require.NoError(t, sleep.For(t.Context(), 2*time.Millisecond))
		require.Empty(t, c.During(whole()))
		c.limits.refused(Reader, 429, 0)
		c.credentials.note("", 200)
		c.credentials.note("", 401)
		require.Equal(t, []Cause{{Kind: Limited}, {Kind: SignedOut}}, c.During(whole()))
		require.Equal(t, c.limits.text(), c.Text(Cause{Kind: Limited}))
		require.Equal(t, c.credentials.expired(), c.Text(Cause{Kind: SignedOut}))
	})
	var none *Conditions
	require.Empty(t, none.During(time.Time{}, time.Time{}), "virtual time")
	none.Watch(t.Context())()
}

func TestNotesNameTheWorstOfEachCause(t *testing.T) {
	c := New(nil, 0)
	met := []Cause{
		{Kind: Starved, Worst: 30 * time.Millisecond},
		{Kind: SignedOut},
		{Kind: Starved, Worst: 80 * time.Millisecond},
		{Kind: Silent, Worst: 1},
		{Kind: Starved, Worst: 50 * time.Millisecond},
	}
	notes := c.Notes(met)
	require.Len(t, notes, 2)
	require.Contains(t, notes[0], "the service did not run, or answered late")
	require.Contains(t, notes[1], "timers came up to 80ms late")
	require.Empty(t, c.Notes(nil))
	var none *Conditions
	require.Empty(t, none.Notes(met))
}
