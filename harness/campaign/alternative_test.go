package campaign

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model/fault"
)

// moody makes a bench, which must run one case at a time, answer repeats with another status: with 204 in
// a case without faults, and with 409 for ever after a fault. So one mistake breaks two rules, and the one
// of higher priority needs a fault.
func (b *bench) moody() {
	var faulted atomic.Bool
	b.world.Fires = func(fault.Fault) bool { faulted.Store(true); return true }
	b.Answer = func(r *http.Request) *stub.Reply {
		switch old, found := b.Held(r.Header.Get("Idempotency-Key")); {
		case r.URL.Path == "/accounts":
			faulted.Store(false) // a case begins
		case r.Method == http.MethodPost && faulted.Load():
			return &stub.Reply{Status: 409}
		case r.Method == http.MethodPost && found:
			return &stub.Reply{Status: 204, Body: old.Body}
		}
		return nil
	}
	b.Parallel, b.KeepGoing = 1, true
}

func TestACaseWithoutFaultsIsPreferredAmongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.LostFirst(), stub.Twice())
		b.moody()
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, "stuck-key", res.Verdict.Violations[0].Rule, "the rule of higher priority stays")
		require.Equal(t, "divergent-replay", res.Found.Violation.Rule)
		require.Equal(t, 1, res.Found.Case.Index)
		require.Equal(t, 5, res.Found.Reproduced)
		require.Equal(t, "divergent-replay", res.Verdict.Counterexample.Rule)
	})
}

func TestWithoutARivalTheFaultStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.LostFirst())
		b.moody()
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, "stuck-key", res.Found.Violation.Rule)
		require.Len(t, res.Found.Case.Faults, 1)
	})
}
