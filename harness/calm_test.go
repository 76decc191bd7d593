package harness

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

// starve has the pulse come late now, by a second.
func (c *conditions) starve() {
	now := time.Now()
	c.pulse.next(now.Add(-time.Second))
	c.pulse.woke(now)
}

// weighed is what a runner makes of a verdict with some violations.
func weighed(causes []cause, alone bool, found ...model.Violation) *outcome {
	o := &outcome{plan: charging(nil), verdict: model.NewVerdict(), causes: causes}
	o.verdict.Verdict = model.Invalid
	for _, v := range found {
		v.Level = model.LevelViolation
		o.verdict.Violations = append(o.verdict.Violations, v)
	}
	(&runner{conditions: newConditions(rate.NewLimiter(9, 9), 0)}).weigh(o, alone)
	return o
}

func TestWhatHangsOnTimeCountsOnlyInTheCalm(t *testing.T) {
	stuck := model.Violation{Rule: "stuck-key", Timed: true}
	twice := model.Violation{Rule: "duplicate-effect"}
	caching := model.Violation{Rule: "divergent-replay"}
	busy, refused := []cause{{kind: starved}}, []cause{{kind: limited}}
	for _, tt := range []struct {
		name   string
		causes []cause
		alone  bool
		found  []model.Violation
		want   model.Result
		counts int
	}{
		{"in the calm", nil, true, []model.Violation{stuck}, model.Invalid, 1},
		{"beside others", nil, false, []model.Violation{stuck}, model.Unknown, 0},
		{"starved", busy, true, []model.Violation{stuck}, model.Unknown, 0},
		{"a proof", busy, false, []model.Violation{twice}, model.Invalid, 1},
		{"a proof beside it", nil, false, []model.Violation{twice, stuck}, model.Invalid, 2},
		{"a proof beside it, starved", busy, false, []model.Violation{twice, stuck}, model.Invalid, 1},
		{"an answer while starved", busy, false, []model.Violation{caching}, model.Invalid, 1},
		{"an answer while limited", refused, true, []model.Violation{caching}, model.Unknown, 0},
		{"an effect while limited", refused, true, []model.Violation{twice}, model.Invalid, 1},
		{"signed out", []cause{{kind: signedOut}}, true, []model.Violation{twice}, model.Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := weighed(tt.causes, tt.alone, tt.found...)
			require.Equal(t, tt.want, o.verdict.Verdict)
			require.Len(t, o.verdict.Violations, tt.counts)
			require.Equal(t, tt.want == model.Unknown, len(o.suspected) > 0)
			require.Equal(t, tt.want == model.Unknown, len(o.verdict.Reasons) > 0)
		})
	}
	o := &outcome{verdict: model.NewVerdict(), causes: busy}
	o.verdict.Verdict, o.verdict.Violations = model.Invalid, []model.Violation{stuck}
	(&runner{}).weigh(o, false)
	require.Equal(t, model.Invalid, o.verdict.Verdict, "virtual time is always calm")
}

// stuckFor makes a bench of two cases, the first of which answers nothing after healing for its
// first runs; hinder is called in every run of it that is silent.
func stuckFor(t *testing.T, runs int, hinder func()) *bench {
	t.Helper()
	one, two := charging([]model.PlannedAttempt{{}}), charging([]model.PlannedAttempt{{}})
	one.Operations[0].ID = "stuck"
	b := newBench(stubContract(t), one, two)
	b.KeepGoing = true
	var mu sync.Mutex
	keys := map[string]bool{}
	b.world.carry = func(_ context.Context, a chaos.Attempt) chaos.Outcome {
		req := string(a.Head)
		mu.Lock()
		defer mu.Unlock()
		if a.Operation == "stuck" {
			keys[req[:len(req)-60]] = true
			if len(keys) <= runs {
				hinder()
				return chaos.Outcome{Err: "timeout"}
			}
		}
		return chaos.Outcome{Answer: &model.Answer{Status: 402}}
	}
	return b
}

func TestSuspectedCasesAreRunAgainAlone(t *testing.T) {
	for _, tt := range []struct {
		name string
		runs int
		want model.Result
	}{
		{"once, in the crowd", 1, model.Valid},
		{"and once more", 2, model.Invalid},
		{"always", 99, model.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := stuckFor(t, tt.runs, func() {})
				var runs []int
				b.Save = func(h *model.History) error {
					if h.Case == 0 {
						runs = append(runs, h.Run)
					}
					return nil
				}
				r, err := newRunner(b.Options)
				require.NoError(t, err)
				s := r.sweep(t.Context())
				require.Equal(t, tt.want, s.results[0].verdict.Verdict, s.results[0].verdict)
				want := []int{1, 2}
				if tt.want == model.Valid {
					want = []int{1, 2, 3}
				}
				require.Equal(t, want, runs)
			})
		})
	}
}

func TestAStarvedRunConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *runner
		b := stuckFor(t, 99, func() { r.conditions.starve() })
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		s := r.sweep(t.Context())
		o := s.results[0]
		require.Equal(t, model.Unknown, o.verdict.Verdict, o.verdict)
		require.Empty(t, o.verdict.Violations)
		require.Equal(t, 1+confirmations, o.runs)
		require.Contains(t, o.verdict.Reasons[0], "stuck-key hangs on time and was not seen in the calm: "+
			"the machine was too busy: timers came up to 1s late")
		var out Result
		s.collect(&out)
		require.Equal(t, 1, out.Verdict.Judged.Undecided)
	})
}

func TestAViolationThatHangsOnTimeMustComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := stuckFor(t, 1, func() {})
		b.Parallel = 1 // so that it counts when it is seen first
		b.Plan.Cases = b.Plan.Cases[:1]
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		out := &Result{Verdict: model.NewVerdict(), Plan: r.Plan}
		r.runAll(t.Context(), out)
		require.Equal(t, model.Unknown, out.Verdict.Verdict, out.Verdict)
		require.Nil(t, out.Found)
		require.Nil(t, out.Verdict.Counterexample)
		require.Empty(t, out.Verdict.Violations)
		require.Contains(t, out.Verdict.Reasons[0], "stuck-key was seen and did not come again in 5 replays")
	})
}

func TestASilentServiceIsACause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.ShrinkBudget = -1
		var stopped bool
		b.world.carry = func(ctx context.Context, a chaos.Attempt) chaos.Outcome {
			stopped = stopped || a.Final && len(b.world.attempts()) > 2
			if !stopped {
				return chaos.Outcome{Answer: &model.Answer{Status: 201, Body: `{"id":"c"}`}}
			}
			_ = sleep(ctx, a.Timeout)
			return chaos.Outcome{Err: "timeout"}
		}
		b.answer = func(r *http.Request) *reply {
			if stopped && r.Method == http.MethodGet {
				_ = sleep(r.Context(), time.Second)
			}
			return nil
		}
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		c := b.Plan.Cases[0]
		stopped = true
		o := r.runCase(t.Context(), c, repetition{1, 1})
		r.weigh(&o, true)
		require.NotEqual(t, model.Invalid, o.verdict.Verdict, o.verdict)
		require.True(t, o.hindered(silent))
	})
}
