package harness

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// Whether a key that was acknowledged is told "try again" for ever takes more than one answer.
func TestARepeatThatAsksToTryAgainIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stubContract(t)
		b := newBench(c, charging([]model.PlannedAttempt{{}}))
		b.world.carry = answers(201, 503)
		_, _ = b.once(t)
		require.Greater(t, len(b.world.attempts()), 3)

		b = newBench(c, charging([]model.PlannedAttempt{{}}))
		b.world.carry = answers(201, 503, 201)
		_, _ = b.once(t)
		require.Len(t, b.world.attempts(), 3)
	})
}
