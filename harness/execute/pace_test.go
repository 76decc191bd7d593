package execute

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// finals runs a case of one charge that gets one answer for ever, by a contract with a bound, and
// returns when it was asked after everything healed, counted from the first time, and how often a new
// key was tried.
func finals(t *testing.T, bound time.Duration, answer model.Answer) (at []time.Duration, anew int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		service := stub.New()
		world := &stub.World{Service: service, Begun: time.Now()}
		world.Carry = func(context.Context, chaos.Attempt) chaos.Completion {
			return chaos.Completion{Answer: &answer}
		}
		e := executing(t, stub.Contract(t, func(c *model.Contract) {
			c.Promises.Recovery = value.Duration(bound)
		}))
		e.Proves = func(*model.History, *model.Contract) bool { return false }
		e.Anew = func(context.Context, *model.Case, string) bool { anew++; return true }
		one := stub.Charging([]model.PlannedAttempt{{}})
		b, err := bind(t.Context(), e, Site{World: world, HTTP: stub.Direct{Handler: service}}, &one)
		require.NoError(t, err)
		b.run(t.Context())
		for _, s := range world.Attempts() {
			if s.Final {
				at = append(at, s.At-world.Attempts()[1].At)
			}
		}
	})
	return at, anew
}

// TestRetriesAfterHealing come quickly at first, when work that goes on shows mistakes, go on for the
// whole bound of the contract, and never leave the service alone for half of it: only then do they
// show that it goes on answering.
func TestRetriesAfterHealing(t *testing.T) {
	for bound, most := range map[time.Duration]int{
		20 * time.Millisecond: 8, time.Second: 8, 2030 * time.Millisecond: 12, 30 * time.Second: 105,
	} {
		at, _ := finals(t, bound, model.Answer{Status: 503, ReplayMarker: true})
		require.LessOrEqual(t, len(at), most, "%v", at)
		require.LessOrEqual(t, at[1], 5*time.Millisecond)
		require.Greater(t, at[len(at)-1], bound)
		for i := range at[1:] {
			require.Less(t, at[i+1]-at[i], bound/2, "%v of %v", at, bound)
		}
	}
}

// TestAReplayNeedsNoNewKey: who says that his failure is a replay says that it is of the key.
func TestAReplayNeedsNoNewKey(t *testing.T) {
	asked, anew := finals(t, time.Second, model.Answer{Status: 503})
	require.Equal(t, 5, anew)
	marked, none := finals(t, time.Second, model.Answer{Status: 503, ReplayMarker: true})
	require.Zero(t, none)
	require.Less(t, len(marked), len(asked))
}
