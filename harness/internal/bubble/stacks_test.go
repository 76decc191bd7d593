package bubble

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhoMovedIsNotStill: a lock that goes from hand to hand looks held whenever one looks.
func TestWhoMovedIsNotStill(t *testing.T) {
	waits := goroutine{state: "sync.Mutex.Lock", number: "goroutine 7 ", stack: "main.pay(0x1)"}
	sleeps := goroutine{state: "sleep", durable: true, number: "goroutine 8 ", stack: "main.rest(0x2)"}
	before := []goroutine{waits, sleeps}
	require.True(t, locked(before))
	require.True(t, unmoved(before, []goroutine{waits, sleeps}))
	other, further, woken := waits, waits, waits
	other.number, further.stack, woken.state = "goroutine 9 ", "main.pay(0x3)", "runnable"
	for _, now := range []goroutine{other, further, woken} {
		require.False(t, unmoved(before, []goroutine{now, sleeps}), now)
	}
	require.False(t, unmoved(before, []goroutine{waits}))
	require.False(t, unmoved(nil, before))
}
