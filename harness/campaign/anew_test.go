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

// TestAMarkedFailureIsOfItsKey: a service that stores a failure, and says of its repeats that they are
// replays, is found with fewer tries of that key than one that says nothing.
func TestAMarkedFailureIsOfItsKey(t *testing.T) {
	require.Less(t, triesOfAStoredFailure(t, true), triesOfAStoredFailure(t, false)-10)
}

// triesOfAStoredFailure is how often the key of the twentieth operation is tried, which failed and
// does so for ever. Its repeats carry the marker of replays, or do not.
func triesOfAStoredFailure(t *testing.T, marks bool) (tries int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			c.Promises.ReplayMarker = &model.ReplayMarker{Header: "Idempotent-Replayed", Value: "true"}
		}), several(40)...)
		b.Parallel, b.ShrinkBudget = 1, -1
		keys, stored := map[string]int{}, ""
		b.world.Service = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("Idempotency-Key")
			if keys[key]++; keys[key] == 1 && len(keys) == 20 {
				stored = key
			}
			if keys[key] > 1 && (key != stored || marks) {
				w.Header().Set("Idempotent-Replayed", "true")
			}
			if key == stored {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			b.ServeHTTP(w, r)
		})
		s := b.sweep(t.Context(), t)
		require.Len(t, s.findings, 1)
		found := s.results[s.findings[0].Case].Verdict
		require.Equal(t, "error-caching", found.Violations[0].Rule)
		tries = keys[stored]
	})
	return tries
}
