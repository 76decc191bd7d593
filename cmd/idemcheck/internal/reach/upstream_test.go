package reach

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/harness/trial"
)

// refusing is a service that refuses connections for a while.
func refusing(until time.Duration) upstream.Upstream {
	begun := time.Now()
	dial := func(context.Context, string, string) (net.Conn, error) {
		if time.Since(begun) < until {
			return nil, syscall.ECONNREFUSED
		}
		near, _ := net.Pipe()
		return near, nil
	}
	return upstream.Upstream{Addr: "service:1", Dial: dial}
}

// TestAServiceThatIsBeingStarted is waited for, and one that nobody starts is told within three
// seconds.
func TestAServiceThatIsBeingStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		require.NoError(t, probe(t.Context(), refusing(time.Second)))
		require.Less(t, time.Since(begun), 1200*time.Millisecond)
		begun = time.Now()
		err := probe(t.Context(), refusing(time.Hour))
		require.ErrorIs(t, err, trial.ErrUnreachable)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.ErrorContains(t, err, "though it was dialled for 2s")
		require.Less(t, time.Since(begun), 3*time.Second)
	})
}

// TestAnInterruptIsNoRefusal: nobody waits for a service after an interrupt.
func TestAnInterruptIsNoRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.NoError(t, probe(ctx, refusing(time.Hour)), "the run says that it was interrupted")
		require.Less(t, time.Since(begun), 1200*time.Millisecond)
	})
}
