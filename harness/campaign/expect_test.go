package campaign

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// expecting is a contract of the stub that expects something.
func expecting(t *testing.T, e expect.Thresholds) *model.Contract {
	t.Helper()
	return stub.Contract(t, func(c *model.Contract) { c.Expect = &e })
}

// calm expects 99 of 100 answers within a time.
func calm(d time.Duration) expect.Thresholds {
	return expect.Thresholds{P99: map[string]value.Duration{expect.Calm: value.Duration(d)}}
}

// slowed is a service that works on charges for as long as takes says, which is told how many it works
// on.
func slowed(next http.Handler, takes func(atWork int32) time.Duration) http.Handler {
	var atWork atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/charges" {
			n := atWork.Add(1)
			_ = sleep.For(r.Context(), takes(n))
			atWork.Add(-1)
		}
		next.ServeHTTP(w, r)
	})
}

// TestWhatContractsExpectOfTime in real time: what is slow alone is missed, what is slow beside others
// only is not.
func TestWhatContractsExpectOfTime(t *testing.T) {
	always := func(d time.Duration) func(int32) time.Duration {
		return func(int32) time.Duration { return d }
	}
	for _, c := range []struct {
		name  string
		cases int
		takes func(int32) time.Duration
		want  verdict.Result
		alone bool
	}{
		{"fast", 60, always(5 * time.Millisecond), verdict.Valid, false},
		{"as slow as it may be", 60, always(10 * time.Millisecond), verdict.Valid, false},
		{"slow", 60, always(11 * time.Millisecond), verdict.Invalid, true},
		{
			"slow beside others", 60,
			func(n int32) time.Duration { return time.Duration(n) * 6 * time.Millisecond },
			verdict.Valid, true,
		},
		{"slow, and only two cases", 2, always(11 * time.Millisecond), verdict.Invalid, true},
		{"fast, and only two cases", 2, always(time.Millisecond), verdict.Unknown, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(expecting(t, calm(10*time.Millisecond)), several(c.cases)...)
				b.world.Service = slowed(b.Payments, c.takes)
				res, err := Run(context.Background(), b.options())
				require.NoError(t, err)
				v := res.Verdict
				require.Equal(t, c.want, v.Verdict, v)
				require.Len(t, v.Expectations, 1)
				e := v.Expectations[0]
				require.Equal(t, "expect.p99.calm", e.Of)
				require.Equal(t, c.alone, e.Alone, e)
				require.Equal(t, c.want == verdict.Invalid, e.Missed())
				require.Empty(t, v.Violations)
				require.Nil(t, res.Found)
				require.Equal(t, c.cases, v.Judged.Cases, "what is measured again is no further case")
				if c.want == verdict.Unknown {
					require.Contains(t, v.Reasons[0], "44 answers were measured, and 100 are needed: run more cases")
				}
			})
		})
	}
}

// TestABusyMachineMissesNothing: the service is right, and late because everything is.
func TestABusyMachineMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(expecting(t, calm(10*time.Millisecond)), several(20)...)
		p := b.prepared(t)
		b.world.Service = slowed(b.Payments, func(int32) time.Duration {
			p.runner.Conditions.Woke(time.Now().Add(-60 * time.Millisecond))
			return 60 * time.Millisecond
		})
		p.Options.Limits.KeepGoing = true
		out := &RunResult{Verdict: verdict.New(), Plan: p.Options.Plan}
		runAll(t.Context(), p, out)
		e := out.Verdict.Expectations[0]
		require.Equal(t, verdict.Unknown, out.Verdict.Verdict, out.Verdict)
		require.False(t, e.Missed(), e)
		require.Contains(t, e.Unknown, "the machine was too busy")
	})
}

// held answers new keys 503 for a time after they were first seen.
func held(next http.Handler, d time.Duration) http.Handler {
	var mu sync.Mutex
	first := map[string]time.Time{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		if first[key].IsZero() {
			first[key] = time.Now()
		}
		wait := key != "" && time.Since(first[key]) < d
		mu.Unlock()
		if wait {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// TestKeysThatTakeTooLongToRecover: without the last wait of the client, which nobody asked for.
func TestKeysThatTakeTooLongToRecover(t *testing.T) {
	for _, c := range []struct {
		name  string
		held  time.Duration
		cases int
		want  verdict.Result
	}{
		{"at once", 0, 30, verdict.Valid},
		{"in time", 40 * time.Millisecond, 30, verdict.Valid},
		{"too late", 300 * time.Millisecond, 30, verdict.Invalid},
		{"too few", 0, 2, verdict.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cases []model.Case
				for range c.cases {
					cases = append(cases, stub.LostFirst())
				}
				b := newBench(expecting(t, expect.Thresholds{Recover: stub.Milliseconds(60)}), cases...)
				b.world.Service = held(b.Payments, c.held)
				res, err := Run(context.Background(), b.options())
				require.NoError(t, err)
				require.Equal(t, c.want, res.Verdict.Verdict, res.Verdict)
				e := res.Verdict.Expectations[0]
				require.Equal(t, "expect.recover", e.Of)
				require.Equal(t, c.want == verdict.Invalid, e.Missed(), e)
			})
		})
	}
}

// TestACounterexampleMeasuresNothing: it is too small.
func TestACounterexampleMeasuresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(expecting(t, calm(time.Millisecond)), several(1)...)
		b.Plan.Rule = "duplicate-effect"
		res, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict)
		require.Empty(t, res.Verdict.Expectations)
		b.Plan.Rule = ""
		res, err = Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Unknown, res.Verdict.Verdict, "a whole plan does")
		require.Equal(t, "ERROR: the replay could not be judged", ReplayNote(b.Plan, res))
		b.world.Service = slowed(b.Payments, func(int32) time.Duration { return 5 * time.Millisecond })
		res, err = Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict, res.Verdict)
		require.Equal(t, "FAILED: the service is slower than the contract expects", ReplayNote(b.Plan, res))
	})
}
