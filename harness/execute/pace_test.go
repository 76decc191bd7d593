package execute

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// finals runs a case against a service that answers charges with a status until it recovers, and
// returns when it was asked after everything healed, counted from the first time, in virtual time.
func finals(
	t *testing.T, c *model.Contract, one model.Case, answer func(n int, at time.Duration) int,
) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		service, begun, n := stub.New(), time.Now(), 0
		service.Answer = func(r *http.Request) *stub.Reply {
			if r.Method != http.MethodPost || r.URL.Path != "/charges" {
				return nil
			}
			n++
			if status := answer(n, time.Since(begun)); status != 0 {
				return &stub.Reply{Status: status}
			}
			return nil
		}
		world := &stub.World{Service: service, Begun: begun}
		e := executing(t, c)
		e.Proves = func(*model.History, *model.Contract) bool { return false }
		b, err := bind(t.Context(), e,
			Site{World: world, HTTP: stub.Direct{Handler: service}}, &one)
		require.NoError(t, err)
		b.run(t.Context())
		for _, s := range world.Attempts() {
			if s.Final {
				at = append(at, s.At)
			}
		}
	})
	for i := len(at) - 1; i >= 0; i-- {
		at[i] -= at[0]
	}
	return at
}

// recoversWithin is a contract by which a key recovers within a bound, and is in flight with 409.
func recoversWithin(t *testing.T, bound time.Duration) *model.Contract {
	t.Helper()
	return stub.Contract(t, func(c *model.Contract) {
		c.Promises.Recovery, c.Promises.InFlight = value.Duration(bound), []int{http.StatusConflict}
	})
}

// TestRetriesAfterHealing are few, go on for the whole bound of the contract, and never leave the
// service alone for half of it: only then do they show that it goes on answering.
func TestRetriesAfterHealing(t *testing.T) {
	inFlight := func(int, time.Duration) int { return http.StatusConflict }
	sentOnce := stub.Charging([]model.PlannedAttempt{{}})
	lost := stub.Charging([]model.PlannedAttempt{{}},
		fault.Fault{Kind: fault.RequestLost, Operation: "a", Attempt: 1})
	for name, tt := range map[string]struct {
		one    model.Case
		answer func(n int, at time.Duration) int
		most   int
	}{
		"nobody was answered":       {lost, inFlight, 4},
		"it was asked to try again": {sentOnce, inFlight, 4},
		"a repeat is asked to try again": {sentOnce, func(n int, _ time.Duration) int {
			return map[bool]int{true: 0, false: http.StatusConflict}[n == 1]
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			for _, bound := range []time.Duration{20 * time.Millisecond, time.Second, 2030 * time.Millisecond} {
				at := finals(t, recoversWithin(t, bound), tt.one, tt.answer)
				require.LessOrEqual(t, len(at), max(tt.most, 2+int(2*bound/time.Second)), "%v", at)
				require.Greater(t, at[len(at)-1], bound)
				for i := range at[1:] {
					require.Less(t, at[i+1]-at[i], bound/2, "%v", at)
				}
			}
		})
	}
}

// TestAKeyThatRecoversInTime is settled, whenever in the contract's bound that is.
func TestAKeyThatRecoversInTime(t *testing.T) {
	const bound = time.Second
	c := recoversWithin(t, bound)
	for after := time.Duration(0); after <= bound; after += bound / 16 {
		var last int
		finals(t, c, stub.Charging([]model.PlannedAttempt{{}}), func(_ int, at time.Duration) int {
			last = map[bool]int{true: 0, false: http.StatusConflict}[at >= after]
			return last
		})
		require.Zero(t, last, "after %v", after)
	}
}
