package starve_test

import (
	"context"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/internal/starve"
	"github.com/idemcheck/idemcheck/chaos/link"
)

// took is how long a step of an address pauses in virtual time.
func took(s *starve.Pauser, step starve.Step) time.Duration {
	begun := time.Now()
	s.Pause(context.Background(), step)
	return time.Since(begun)
}

func TestWithoutASeedNothingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := starve.New(0)
		require.Nil(t, none)
		steps := none.Of("a/1")
		for range 1000 {
			require.Zero(t, took(steps, starve.ClientBegins))
		}
		require.Nil(t, starve.From(starve.With(t.Context(), steps)))
		none.Close()
	})
}

// TestAPauseBelongsToItsAddress, its step and its number, whoever takes other steps before.
func TestAPauseBelongsToItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var alone, crowded, other []time.Duration
		for seed := range uint64(50) {
			// Stops depend on the time, so each step begins where it began before.
			source := starve.New(seed + 1)
			alone = append(alone, took(source.Of("a/1"), starve.ClientReads))
			source = starve.New(seed + 1)
			go source.Of("b/1").Pause(t.Context(), starve.ClientReads)
			crowded = append(crowded, took(source.Of("a/1"), starve.ClientReads))
			source = starve.New(seed + 1)
			other = append(other, took(source.Of("a/2"), starve.ClientReads))
		}
		require.Equal(t, alone, crowded)
		require.NotEqual(t, alone, other)
		require.Positive(t, slices.Max(alone))
	})
}

// TestPausesOfAllLengths are drawn: none mostly, and some that outlast timeouts and recovery.
func TestPausesOfAllLengths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const seeds, each = 300, 40
		var none, short, late, long int
		for seed := range uint64(seeds) {
			source := starve.New(seed + 1)
			steps := source.Of("a/1")
			for range each {
				switch d := took(steps, starve.LinkUp); {
				case d == 0:
					none++
				case d < 200*time.Millisecond:
					short++
				case d < time.Second:
					late++
				default:
					long++
				}
			}
		}
		require.Greater(t, none, seeds*each*3/4)
		require.Greater(t, short, late)
		require.Greater(t, late, long/2)
		require.Greater(t, long, seeds/10)
	})
}

// TestAHandlerIsNotPausedAloneForLong, because it would hold its key for longer than contracts
// allow: a long pause there is a stop of the whole service.
func TestAHandlerIsNotPausedAloneForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// works pauses some time after the case began, when its process may have been stopped.
		works := func(seed uint64, address string) time.Duration {
			source := starve.New(seed)
			time.Sleep(500 * time.Millisecond)
			return took(source.Of(address), starve.ServiceWorks)
		}
		paused, stopped := 0, 0
		for seed := range uint64(300) {
			switch one := works(seed+1, "a/1"); {
			case one > 100*time.Millisecond:
				stopped++
				// The other handler is stopped too. They go on within a millisecond, unless one of
				// them paused by itself and so ran into the stop or past it.
				require.InDelta(t, one, works(seed+1, "b/1"), float64(102*time.Millisecond), "seed %d", seed+1)
			case one > 0:
				paused++
			}
		}
		require.Greater(t, paused, 10)
		require.Greater(t, stopped, 10)
	})
}

func TestCloseEndsWhatLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := 0
		for seed := range uint64(200) {
			source := starve.New(seed + 1)
			steps, done := source.Of("a/1"), make(chan struct{})
			begun := time.Now()
			go func() {
				defer close(done)
				for range 30 {
					steps.Pause(context.Background(), starve.HandlerBegins)
				}
			}()
			time.Sleep(time.Millisecond)
			source.Close()
			source.Close()
			<-done
			require.LessOrEqual(t, time.Since(begun), time.Millisecond)
			if time.Since(begun) == time.Millisecond {
				ended++
			}
		}
		require.Positive(t, ended)
	})
}

// TestConnsPauseAndLoseNothing: bytes come in order, whatever the reader and the writer pause.
func TestConnsPauseAndLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := 0
		for seed := range uint64(100) {
			source := starve.New(seed + 1)
			client, near := link.Pipe()
			server := starve.Serving(near, source.Of("a/1"))
			begun := time.Now()
			go func() {
				_, _ = source.Of("a/2").Write(context.Background(), client, []byte("twelve bytes"))
				_ = client.CloseWrite()
			}()
			got, err := io.ReadAll(server)
			require.NoError(t, err)
			require.Equal(t, "twelve bytes", string(got))
			_, err = server.Write([]byte("answer"))
			require.NoError(t, err)
			require.NoError(t, server.Close())
			back, err := io.ReadAll(starve.Reading(client, source.Of("a/2"), starve.LinkDown))
			require.NoError(t, err)
			require.Equal(t, "answer", string(back))
			if time.Since(begun) > 0 {
				late++
			}
			source.Close()
		}
		require.Greater(t, late, 20)
	})
}
