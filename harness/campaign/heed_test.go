package campaign

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// gate has a bench answer everything with a status once a condition holds, attempts and readings.
func (b *bench) gate(status int, holds func(*http.Request) bool) {
	b.Answer = func(r *http.Request) *stub.Reply {
		if holds(r) {
			return &stub.Reply{Status: status}
		}
		return nil
	}
}

func TestCredentialsThatExpireEndTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(40)...)
		b.taking(stub.Milliseconds(20).Std())
		slow, begun := b.Answer, time.Now()
		b.Answer = func(r *http.Request) *stub.Reply {
			if time.Since(begun) > 600*time.Millisecond {
				return &stub.Reply{Status: 401}
			}
			return slow(r)
		}
		b.Parallel = 2
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		v := res.Verdict
		require.Equal(t, verdict.Unknown, v.Verdict, v)
		require.Empty(t, v.Violations)
		require.Contains(t, strings.Join(v.Reasons, "\n"), "worked and were then refused (401): renew the token")
		require.Greater(t, v.Judged.Cases-v.Judged.Undecided, 3, "what was decided before is kept")
		require.Greater(t, res.Skipped, 20, "and nothing more is begun")
	})
}

// TestARefusalOfOneRequestIsNoExpiry: readings of the same caller are answered.
func TestARefusalOfOneRequestIsNoExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(3)...)
		var charges atomic.Int32
		b.gate(403, func(r *http.Request) bool {
			return r.URL.Path == "/charges" && charges.Add(1) > 4
		})
		b.ShrinkBudget = -1
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.NotContains(t, strings.Join(res.Verdict.Reasons, "\n"), "worked and were then refused")
	})
}

func TestARateLimitIsKeptToAndNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const allowed = 60
		b := newBench(stub.Contract(t), several(40)...)
		second, n := time.Now(), 0
		b.gate(429, func(*http.Request) bool {
			b.Mu.Lock()
			defer b.Mu.Unlock()
			if time.Since(second) >= time.Second {
				second, n = time.Now(), 0
			}
			n++
			return n > allowed
		})
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict)
		require.Empty(t, res.Verdict.Violations)
		require.Regexp(t, `the service limits the rate \(429 after 6\d requests within a second\): `+
			`set target.max_rate: \d+`, strings.Join(res.Verdict.Undecided, "\n"))
	})
}

// TestAMaintenanceIsNoRateLimit: readings and setup are told to come again later, and do so.
func TestAMaintenanceIsNoRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(40)...)
		b.taking(stub.Milliseconds(20).Std())
		closed := func(at time.Duration) bool { return at%(70*time.Millisecond) > 50*time.Millisecond }
		open, begun := b.Answer, time.Now()
		b.Answer = func(r *http.Request) *stub.Reply {
			if r.URL.Path != "/charges" && closed(time.Since(begun)) {
				return &stub.Reply{Status: 503, Wait: 1}
			}
			return open(r)
		}
		s := b.sweep(t.Context(), t)
		require.False(t, s.runner.Conditions.EverRefused())
		for _, o := range s.results {
			require.Equal(t, verdict.Valid, o.Verdict.Verdict, o.Verdict)
		}
		require.Regexp(t, `asked to come again later \(503 with Retry-After to \d+ readings\)`,
			strings.Join(s.runner.Conditions.Notes(nil), "\n"))
	})
}

func TestOurOwnThrottlingIsNoRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := stub.Charging([]model.PlannedAttempt{{}, {}}), stub.Charging([]model.PlannedAttempt{{}, {}})
		for _, c := range []*model.Case{&one, &two} {
			c.Faults = []fault.Fault{{Kind: fault.Throttled, Operation: "a", Attempt: 1, Status: 429}}
		}
		b := newBench(stub.Contract(t), one, two)
		b.world.Carry = func(_ context.Context, a chaos.Attempt) chaos.Completion {
			status := 402
			if a.Number == 1 {
				status = 429
			}
			return chaos.Completion{Answer: &model.Answer{Status: status}}
		}
		s := b.sweep(t.Context(), t)
		require.False(t, s.runner.Conditions.EverRefused())
	})
}

func TestAnInFlightAnswerIsNoRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stub.Contract(t, func(c *model.Contract) { c.Promises.InFlight = []int{429} })
		b := newBench(c, several(2)...)
		b.world.Carry = answers(429, 429, 429, 402)
		s := b.sweep(t.Context(), t)
		require.False(t, s.runner.Conditions.EverRefused())
	})
}
