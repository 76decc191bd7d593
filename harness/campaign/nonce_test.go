package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestEveryBindingHasKeysAndNamesOfItsOwn(t *testing.T) {
	b := newBench(stub.Contract(t), several(1)...)
	seen := map[string]bool{}
	for range 5 {
		h, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
		op := h.Operations[0]
		require.NotEqual(t, op.Key, op.CorrelationID)
		for _, name := range []string{op.Key, op.CorrelationID} {
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
	require.Len(t, b.Balances, 5)
}

func TestAKeyThatIsNotSentIsNotInTheHistory(t *testing.T) {
	for key, want := range map[string]bool{"": false, "Idempotency-Key": true} {
		c := stub.Contract(t, func(c *model.Contract) { c.Key.Header = key })
		h, _ := newBench(c, stub.Charging([]model.PlannedAttempt{{}})).once(t)
		require.Equal(t, want, h.Operations[0].Key != "", key)
		require.Equal(t, want, h.Operations[0].Effects[0].Key != "", key)
	}
}
