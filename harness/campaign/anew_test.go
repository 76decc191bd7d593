package campaign

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestAKeyThatKeepsItsRefusalIsStuck: two keys hear 429 for ever, while others are served. It looks like
// a limit of the rate, and never comes again with the same case alone.
func TestAKeyThatKeepsItsRefusalIsStuck(t *testing.T) {
	for seed := range 10 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(stub.Contract(t, takes429), several(40)...)
			b.Parallel, b.ShrinkBudget = 8, -1
			kept, keys := map[string]bool{}, map[string]bool{}
			b.gate(429, func(r *http.Request) bool {
				b.Mu.Lock()
				defer b.Mu.Unlock()
				key := r.Header.Get("Idempotency-Key")
				if r.URL.Path == "/charges" && key != "" && !keys[key] {
					keys[key] = true
					kept[key] = len(keys) == 20+seed || len(keys) == 21+seed
				}
				return kept[key]
			})
			res, err := Run(t.Context(), b.options())
			require.NoError(t, err)
			require.Equal(t, verdict.Invalid, res.Verdict.Verdict, res.Verdict)
			v := res.Verdict.Violations[0]
			require.Equal(t, "error-caching", v.Rule)
			require.Contains(t, v.Message, "429, each time right after a new key was served")
			require.False(t, v.Timed)
		})
	}
}

func takes429(c *model.Contract) { c.Promises.Transient = []int{429, 503} }

// TestARateLimitStopsNoKey, also where more is refused than served.
func TestARateLimitStopsNoKey(t *testing.T) {
	for seed := range 10 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(stub.Contract(t, takes429), several(40)...)
			b.Parallel = 8
			var second time.Time
			n, allowed := 0, 3+2*seed
			b.gate(429, func(r *http.Request) bool {
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
			require.Empty(t, res.Verdict.Violations)
		})
	}
}

// TestOutagesThatComeAndGoAccuseNobody: a service that is down again and again fails keys to the end of
// the bound, and repeats of what it has done.
func TestOutagesThatComeAndGoAccuseNobody(t *testing.T) {
	for seed := range 10 {
		for _, status := range []int{500, 503} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(20)...)
				for range 20 {
					b.Plan.Cases = append(b.Plan.Cases, stub.Charging([]model.PlannedAttempt{
						{}, {Repeat: true, After: stub.Milliseconds(2000)},
					}))
				}
				b.taking(stub.Milliseconds(20).Std())
				b.Parallel = 1 + seed
				open, begun := b.Answer, time.Now().Add(-time.Duration(seed)*700*time.Millisecond)
				b.Answer = func(r *http.Request) *stub.Reply {
					down := time.Since(begun)%(5*time.Second) > 2500*time.Millisecond
					if r.URL.Path == "/charges" && down {
						return &stub.Reply{Status: status}
					}
					return open(r)
				}
				res, err := Run(t.Context(), b.options())
				require.NoError(t, err)
				require.Empty(t, res.Verdict.Violations)
			})
		}
	}
}
