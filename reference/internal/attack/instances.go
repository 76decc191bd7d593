package attack

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Withstand runs every script against a right service, over a new store each time.
func Withstand(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for name, script := range Scripts() {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			require.Empty(t, script(t, reference.Options{Store: s}))
		})
	}
}

// Instances has two instances over one database work on one operation at the same time: both get as
// far as the processor, and only one may enter the effect.
func Instances(t *testing.T, one, two store.Store) {
	t.Helper()
	w := newWorld(t, reference.Options{Store: one}, two)
	t.Cleanup(func() { require.NoError(t, one.Close()); require.NoError(t, two.Close()) })
	w.processor.hold()
	answers := make(chan answer, 2)
	for range cap(answers) {
		go func() { answers <- w.send(charge("k1", 1234)) }()
	}
	wait(t, w.processor.entered)
	wait(t, w.processor.entered)
	w.processor.work()
	winner, loser := wait(t, answers), wait(t, answers)
	if winner.marked {
		winner, loser = loser, winner
	}
	require.Equal(t, http.StatusCreated, winner.status)
	require.Empty(t, replays(winner, loser))
	require.Equal(t, once("k1", 1234), w.ledger("alpha", "shop"))
}
