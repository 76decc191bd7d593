package variants

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

func TestQueuesLetOneAttemptPerKeyIn(t *testing.T) {
	queue := newQueues()
	attempt := func(ctx context.Context, key string) *payment.Arrival {
		return &payment.Arrival{Context: ctx, RecordKey: key}
	}
	release, ok, err := queue.claim(nil, attempt(t.Context(), "k"))
	require.NoError(t, err)
	require.True(t, ok)
	leaveOther, ok, err := queue.claim(nil, attempt(t.Context(), "other"))
	require.NoError(t, err)
	require.True(t, ok, "another key is free")
	leaveOther()

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok, err = queue.claim(nil, attempt(gone, "k"))
	require.ErrorIs(t, err, context.Canceled, "who waits gives up with its context")
	require.False(t, ok)

	entered := make(chan func())
	go func() {
		leave, _, _ := queue.claim(nil, attempt(t.Context(), "k"))
		entered <- leave
	}()
	release()
	(<-entered)()
	require.Empty(t, queue.inside, "no key is kept that nobody works on")
}
