package campaign

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// busy is a stub that serves the first charge and answers 503 to some later ones.
func busy(later int) func(*http.Request) *stub.Reply {
	charges := 0
	return func(r *http.Request) *stub.Reply {
		if r.URL.Path != "/charges" {
			return nil
		}
		if charges++; charges == 1 || charges > 1+later {
			return nil
		}
		return &stub.Reply{Status: 503}
	}
}

// Whether a key that was acknowledged is told "try again" for ever takes more than one answer.
func TestARepeatThatAsksToTryAgainIsTriedAgain(t *testing.T) {
	for _, tt := range []struct{ later, minRuns, maxRuns int }{{1000, 4, 1000}, {1, 3, 3}, {0, 2, 2}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}}))
			b.Answer = busy(tt.later)
			_, _ = b.once(t)
			require.GreaterOrEqual(t, len(b.world.Attempts()), tt.minRuns)
			require.LessOrEqual(t, len(b.world.Attempts()), tt.maxRuns)
		})
	}
}

// What was acknowledged and is not there is not waited for: it may come while a repeat is refused.
func TestWhatIsProvedIsAskedNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{}}))
		b.world.Carry = answers(201, 503)
		_, v := b.once(t)
		require.Equal(t, verdict.Invalid, v.Verdict, v)
		require.Equal(t, "lost-effect", v.Violations[0].Rule)
		require.Len(t, b.world.Attempts(), 2)
	})
}

// Nothing is proved while something may be at work, or where effects may come later.
func TestNothingIsProvedWhileEffectsMayCome(t *testing.T) {
	sent := model.Event{Kind: model.Sent, Operation: "a", Attempt: 1, Hit: 2, Complete: true}
	cut := sent
	cut.Kind, cut.Err = model.Answered, model.Cut
	for name, tt := range map[string]struct {
		settle int
		events []model.Event
	}{
		"effects may come later": {settle: 10},
		"a copy is at work":      {events: []model.Event{sent}},
		"a copy may be, unheard": {events: []model.Event{sent, cut}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t, func(c *model.Contract) {
					c.Promises.Settle = stub.Milliseconds(tt.settle)
				}), stub.Charging([]model.PlannedAttempt{{}}))
				b.world.Carry, b.world.Hears = answers(201, 503), tt.events
				_, _ = b.once(t)
				require.Greater(t, len(b.world.Attempts()), 3)
			})
		})
	}
}
