package bubble_test

import (
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/bubble"
)

// TestWhatComputesGetsMoreTime: it may have a small part of a processor. What computes without end is
// told all the same.
func TestWhatComputesGetsMoreTime(t *testing.T) {
	const limit = 50 * time.Millisecond
	var over atomic.Bool
	defer over.Store(true)
	begun := time.Now()
	err := bubble.Run(t, limit, func() error {
		for !over.Load() {
		}
		return nil
	})
	require.ErrorContains(t, err, "something computes without end")
	require.GreaterOrEqual(t, time.Since(begun), 4*limit, "at least, however slow the machine is")
}

// TestABubbleGivenUpStaysWhereItIs: who gets what he waited for after the test has failed goes no further.
func TestABubbleGivenUpStaysWhereItIs(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	read := make(chan struct{})
	err = bubble.Run(t, 100*time.Millisecond, func() error {
		_, _ = r.Read(make([]byte, 1))
		close(read)
		return nil
	})
	require.ErrorContains(t, err, "stood still")
	require.NoError(t, w.Close())
	<-read
	require.Eventually(t, func() bool {
		all := make([]byte, 1<<20)
		return strings.Contains(string(all[:runtime.Stack(all, true)]), "bubble.(*absence).hold")
	}, time.Minute, time.Millisecond)
}
