package campaign

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/route"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// limping is a service that fails three of four charges once it has been sent some.
func limping(t *testing.T, stop *route.StopOn, change func(*model.Contract)) *bench {
	t.Helper()
	b := newBench(stub.Contract(t, func(c *model.Contract) {
		c.Target.StopOn = stop
		change(c)
	}), several(60)...)
	b.KeepGoing = true
	var charges atomic.Int32
	b.gate(500, func(r *http.Request) bool {
		n := int32(0)
		if r.URL.Path == "/charges" {
			n = charges.Add(1)
		}
		return n > 40 && n%4 != 0
	})
	return b
}

// TestTooManyFailuresEndARun: with the cause, and with nothing lost.
func TestTooManyFailuresEndARun(t *testing.T) {
	for _, declared := range []bool{false, true} {
		for _, stop := range []*route.StopOn{nil, {Failures: 5}, {Failures: 900, Of: 900}} {
			synctest.Test(t, func(t *testing.T) {
				b := limping(t, stop, func(c *model.Contract) {
					if declared {
						c.Promises.Transient = append(c.Promises.Transient, 500)
					}
				})
				res, err := Run(t.Context(), b.options())
				require.NoError(t, err)
				v := res.Verdict
				ended := stop != nil && stop.Failures == 5 && !declared
				said := strings.Join(v.Reasons, "; ")
				require.Equal(t, ended, strings.Contains(said, "ended by target.stop_on"), "%v", v)
				require.Equal(t, ended, res.Skipped > 20, "skipped: %d", res.Skipped)
				require.Greater(t, v.Judged.Cases-v.Judged.Undecided, 3, "what was decided is kept")
				if ended {
					require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
				}
			})
		}
	}
}

// TestWhatWasFoundBeforeTheEndCounts: a run that is ended stays invalid, and says that it was.
func TestWhatWasFoundBeforeTheEndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := limping(t, &route.StopOn{Failures: 5}, func(*model.Contract) {})
		limps, charges := b.Answer, 0
		b.Answer = func(r *http.Request) *stub.Reply {
			b.Mu.Lock()
			charges++
			forgets := charges > 20
			b.Mu.Unlock()
			if forgets {
				b.Forget(r.Header.Get("Idempotency-Key"))
			}
			return limps(r)
		}
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Contains(t, strings.Join(res.Verdict.Undecided, "; "), "ended by target.stop_on")
		require.Greater(t, res.Skipped, 20)
	})
}

// TestFailuresThatFaultsExplainEndNothing: until everything has healed faults may be why.
func TestFailuresThatFaultsExplainEndNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := fault.Fault{Kind: fault.RequestLost, Operation: "a", Attempt: 1}
		again := lost
		again.Attempt = 2
		var cases []model.Case
		for range 30 {
			cases = append(cases, stub.Charging([]model.PlannedAttempt{{}, {}, {}}, lost, again))
		}
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			c.Target.StopOn = &route.StopOn{Failures: 2}
		}), cases...)
		var failed atomic.Int32
		b.gate(502, func(r *http.Request) bool {
			struck := r.Header.Get("X-Idemcheck-Attempt") == "a.3" // the last before everything heals
			if struck {
				failed.Add(1)
			}
			return struck
		})
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.EqualValues(t, 30, failed.Load())
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, "%v", res.Verdict)
		require.Zero(t, res.Skipped)
	})
}
