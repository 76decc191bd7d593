package campaign

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// stuckFor makes a bench of two cases, the first of which answers nothing after healing for its
// first runs; hinder is called in every run of it that is silent.
func stuckFor(t *testing.T, runs int, hinder func()) *bench {
	t.Helper()
	one, two := stub.Charging([]model.PlannedAttempt{{}}), stub.Charging([]model.PlannedAttempt{{}})
	one.Operations[0].ID = "stuck"
	b := newBench(stub.Contract(t), one, two)
	b.KeepGoing = true
	var mu sync.Mutex
	keys := map[string]bool{}
	b.world.Carry = func(_ context.Context, a chaos.Attempt) chaos.Completion {
		req, _, _ := strings.Cut(string(a.Head), "Traceparent")
		mu.Lock()
		defer mu.Unlock()
		if a.Operation == "stuck" {
			keys[req] = true
			if len(keys) <= runs {
				hinder()
				return chaos.Completion{Err: "timeout"}
			}
		}
		return chaos.Completion{Answer: &model.Answer{Status: 402}}
	}
	return b
}

func TestSuspectedCasesAreRunAgainAlone(t *testing.T) {
	for _, tt := range []struct {
		name string
		runs int
		want verdict.Result
	}{
		{"once, beside others", 1, verdict.Valid},
		{"and once more", 2, verdict.Invalid},
		{"always", 99, verdict.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := stuckFor(t, tt.runs, func() {})
				var runs []int
				var doubts []string
				b.Save = func(h *model.History) error {
					if h.Case == 0 {
						runs, doubts = append(runs, h.Run), append(doubts, h.Doubt)
					}
					return nil
				}
				s := b.sweep(t.Context(), t)
				require.Equal(t, tt.want, s.results[0].Verdict.Verdict, s.results[0].Verdict)
				want := []int{1, 2}
				if tt.want == verdict.Valid {
					want = []int{1, 2, 3}
				}
				require.Equal(t, want, runs)
				require.Empty(t, strings.Join(doubts[1:], ""), "alone and on time")
			})
		})
	}
}

// TestKeysThatHangAreFoundSoon: each case takes seconds then, so neither what goes before the first
// look alone nor what follows the violation may be counted in cases alone.
func TestKeysThatHangAreFoundSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cases []model.Case
		for i := range 60 {
			c := stub.Charging([]model.PlannedAttempt{{}})
			c.Scenario = fmt.Sprint("scenario ", i) // each of them would be tried three times
			cases = append(cases, c)
		}
		b := newBench(stub.Contract(t), cases...)
		b.Parallel = 1
		b.world.Carry = func(context.Context, chaos.Attempt) chaos.Completion {
			return chaos.Completion{Err: "timeout"}
		}
		s := b.sweep(t.Context(), t)
		require.Equal(t, verdict.Invalid, s.worst)
		require.Less(t, s.next, len(cases)/2)
	})
}

func TestAStarvedRunConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sweep
		b := stuckFor(t, 99, func() { s.runner.Conditions.Woke(time.Now().Add(-3 * time.Second)) })
		p := b.prepared(t)
		s = newSweep(p.runner, p.Options, p.begun)
		s.runOpen(t.Context())
		o := s.results[0]
		require.Equal(t, verdict.Unknown, o.Verdict.Verdict, o.Verdict)
		require.Empty(t, o.Verdict.Violations)
		require.Equal(t, 1+confirmations, o.Runs)
		require.Contains(t, o.Verdict.Reasons[0], "stuck-key depends on timing and was not seen "+
			"again when the case ran alone: the machine was too busy: timers came up to 3s late")
		var out RunResult
		s.end().collect(&out, nil)
		require.Equal(t, 1, out.Verdict.Judged.Undecided)
	})
}

func TestAViolationThatHangsOnTimeMustComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stuckFor(t, 1, func() {})
		b.Parallel = 1 // so that it counts when it is seen first
		b.Plan.Cases = b.Plan.Cases[:1]
		p := b.prepared(t)
		out := &RunResult{Verdict: verdict.New(), Plan: p.Options.Plan}
		runAll(t.Context(), p, out)
		require.Equal(t, verdict.Unknown, out.Verdict.Verdict, out.Verdict)
		require.Nil(t, out.Found)
		require.Nil(t, out.Verdict.Counterexample)
		require.Empty(t, out.Verdict.Violations)
		require.Contains(t, out.Verdict.Reasons[0], "stuck-key was seen and did not come again in 5 replays")
	})
}

// mute answers as the stub does until it falls silent: from then on nobody is answered.
type mute struct {
	stub.Direct
	silent *atomic.Bool // attempts of several operations tell it at once
}

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	if !m.silent.Load() {
		return m.Direct.RoundTrip(r)
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// silenced is a bench that is silent after healing: for everybody, or for operations only. It
// returns the outcome of its case.
func silenced(t *testing.T, everybody bool) trial.Trial {
	t.Helper()
	b := newBench(stub.Contract(t), several(1)...)
	var silent atomic.Bool
	if everybody {
		b.HTTP = mute{stub.Direct{Handler: b.Payments}, &silent}
	}
	b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Completion {
		silent.Store(true)
		_ = sleep.For(ctx, a.Timeout)
		return chaos.Completion{Err: "timeout"}
	}
	r := b.runner(t)
	o := r.Run(t.Context(), b.Plan.Cases[0], execute.Repetition{Number: 1, Try: 1})
	r.Weigh(&o, true)
	return o
}

func TestAKeyIsStuckOnlyWhenOthersAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := silenced(t, true)
		require.Equal(t, verdict.Unknown, o.Verdict.Verdict, o.Verdict)
		require.Equal(t, conditions.Silent, o.Causes[0].Kind)
		o = silenced(t, false)
		require.Equal(t, verdict.Invalid, o.Verdict.Verdict, o.Verdict)
		require.Equal(t, "stuck-key", o.Verdict.Violations[0].Rule)
		require.Empty(t, o.Causes)
	})
}

// TestARunOpensWithCasesAlone: those of highest priority have nothing beside them, but for a small
// part of the plan, for a short while, and not while a client waits for long.
func TestARunOpensWithCasesAlone(t *testing.T) {
	const shortly, long = time.Millisecond, openingLimit
	for name, tt := range map[string]struct {
		cases, pauses int
		takes         time.Duration
		alone         int
	}{
		"many cases":             {16 * maxOpening, -1, shortly, maxOpening},
		"more than that":         {99 * maxOpening, -1, shortly, maxOpening},
		"a few cases":            {openingShare * 2, -1, shortly, 2},
		"hardly any":             {openingShare - 1, -1, shortly, 0},
		"a client waits by plan": {16 * maxOpening, 3, shortly, 3},
		"the service is slow":    {16 * maxOpening, -1, long, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.Equal(t, tt.alone, casesAlone(t, tt.cases, tt.pauses, tt.takes))
			})
		})
	}
}

// casesAlone runs a plan of cases of which each attempt takes some time, and one pauses (none if
// negative), and counts how many cases ended before another began.
func casesAlone(t *testing.T, cases, pauses int, takes time.Duration) int {
	t.Helper()
	all := several(cases)
	for i := range all {
		all[i].Operations[0].ID = fmt.Sprint(i)
		if i == pauses {
			all[i].Operations[0].Attempts = []model.PlannedAttempt{{}, {After: value.Duration(longPause)}}
		}
	}
	b := newBench(stub.Contract(t), all...)
	var mu sync.Mutex
	var begun []string
	met := map[string]bool{}
	under := map[string]bool{}
	b.world.Carry = func(_ context.Context, a chaos.Attempt) chaos.Completion {
		mu.Lock()
		if !slices.Contains(begun, a.Operation) {
			begun = append(begun, a.Operation)
		}
		under[a.Operation] = true
		for o := range under {
			met[o] = met[o] || len(under) > 1
		}
		mu.Unlock()
		_ = sleep.For(context.Background(), takes)
		mu.Lock()
		defer mu.Unlock()
		delete(under, a.Operation)
		return chaos.Completion{Answer: &model.Answer{Status: 402}}
	}
	s := b.sweep(t.Context(), t)
	require.Equal(t, cases, s.done)
	beside := slices.IndexFunc(begun, func(o string) bool { return met[o] })
	require.GreaterOrEqual(t, beside, 0, "the others run side by side")
	return beside
}
