package campaign

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// weighed is what a runner makes of a verdict with some violations.
func weighed(causes []conditions.Cause, alone bool, found ...model.Violation) *outcome {
	o := &outcome{
		plan: stub.Charging(nil), verdict: model.NewVerdict(), causes: causes,
		history: &model.History{Events: []model.Event{
			{Kind: model.Healed, At: time.Second},
			{Kind: model.Return, Operation: "a", At: 3 * time.Second},
			{Kind: model.Return, Operation: "b", At: 2 * time.Second},
		}},
	}
	o.verdict.Verdict = model.Invalid
	for _, v := range found {
		v.Level = model.LevelViolation
		o.verdict.Violations = append(o.verdict.Violations, v)
	}
	(&runner{conditions: conditions.New(rate.NewLimiter(9, 9), 0)}).weigh(o, alone)
	return o
}

func TestWhatHangsOnTimeCountsOnlyInTheCalm(t *testing.T) {
	stuck := model.Violation{Rule: "stuck-key", Timed: true, Operations: []string{"a"}}
	other := model.Violation{Rule: "stuck-key", Timed: true, Operations: []string{"a", "b"}}
	within := model.Violation{Rule: "in-flight-execution", Timed: true, Operations: []string{"a"}}
	twice := model.Violation{Rule: "duplicate-effect"}
	caching := model.Violation{Rule: "divergent-replay"}
	busy := []conditions.Cause{{Kind: conditions.Starved, Worst: time.Second}}
	refused := []conditions.Cause{{Kind: conditions.Limited}}
	expired := []conditions.Cause{{Kind: conditions.SignedOut}}
	little := []conditions.Cause{{Kind: conditions.Starved, Worst: 200 * time.Millisecond}}
	for _, tt := range []struct {
		name   string
		causes []conditions.Cause
		alone  bool
		found  []model.Violation
		want   model.Result
		counts int
	}{
		{"in the calm", nil, true, []model.Violation{stuck}, model.Invalid, 1},
		{"beside others", nil, false, []model.Violation{stuck}, model.Unknown, 0},
		{"starved", busy, true, []model.Violation{stuck}, model.Unknown, 0},
		{"a little late, and patient", little, true, []model.Violation{stuck}, model.Invalid, 1},
		{"not patient with all", little, true, []model.Violation{other}, model.Unknown, 0},
		{"patience is for keys", little, true, []model.Violation{within}, model.Unknown, 0},
		{"patient beside others", little, false, []model.Violation{stuck}, model.Unknown, 0},
		{"a proof", busy, false, []model.Violation{twice}, model.Invalid, 1},
		{"a proof beside it", nil, false, []model.Violation{twice, stuck}, model.Invalid, 2},
		{"a proof beside it, starved", busy, false, []model.Violation{twice, stuck}, model.Invalid, 1},
		{"an answer while starved", busy, false, []model.Violation{caching}, model.Invalid, 1},
		{"an answer while limited", refused, true, []model.Violation{caching}, model.Unknown, 0},
		{"an effect while limited", refused, true, []model.Violation{twice}, model.Invalid, 1},
		{"signed out", expired, true, []model.Violation{twice}, model.Unknown, 0},
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
	one, two := stub.Charging([]model.PlannedAttempt{{}}), stub.Charging([]model.PlannedAttempt{{}})
	one.Operations[0].ID = "stuck"
	b := newBench(stub.Contract(t), one, two)
	b.KeepGoing = true
	var mu sync.Mutex
	keys := map[string]bool{}
	b.world.Carry = func(_ context.Context, a chaos.Attempt) chaos.Outcome {
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
				var doubts []string
				b.Save = func(h *model.History) error {
					if h.Case == 0 {
						runs, doubts = append(runs, h.Run), append(doubts, h.Doubt)
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
				require.Empty(t, strings.Join(doubts[1:], ""), "alone and on time")
			})
		})
	}
}

// TestKeysThatHangAreFoundSoon: each case takes seconds then, so neither what goes before the first
// look in the calm nor what follows the violation may be counted in cases alone.
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
		b.world.Carry = func(context.Context, chaos.Attempt) chaos.Outcome {
			return chaos.Outcome{Err: "timeout"}
		}
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		s := r.sweep(t.Context())
		require.Equal(t, model.Invalid, s.worst)
		require.Less(t, s.next, len(cases)/2)
	})
}

func TestAStarvedRunConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *runner
		b := stuckFor(t, 99, func() { r.conditions.Woke(time.Now().Add(-3 * time.Second)) })
		r, err := newRunner(b.Options)
		require.NoError(t, err)
		s := r.sweep(t.Context())
		o := s.results[0]
		require.Equal(t, model.Unknown, o.verdict.Verdict, o.verdict)
		require.Empty(t, o.verdict.Violations)
		require.Equal(t, 1+confirmations, o.runs)
		require.Contains(t, o.verdict.Reasons[0], "stuck-key hangs on time and was not seen in the calm: "+
			"the machine was too busy: timers came up to 3s late")
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

// mute answers as the stub does until it falls silent: from then on nobody is answered.
type mute struct {
	stub.Direct
	silent *bool
}

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	if !*m.silent {
		return m.Direct.RoundTrip(r)
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// silenced is a bench that is silent after healing: for everybody, or for operations only. It
// returns the outcome of its case.
func silenced(t *testing.T, everybody bool) outcome {
	t.Helper()
	b := newBench(stub.Contract(t), several(1)...)
	silent := false
	if everybody {
		b.HTTP = mute{stub.Direct{Handler: b.Service}, &silent}
	}
	b.world.Carry = func(ctx context.Context, a chaos.Attempt) chaos.Outcome {
		silent = true
		_ = sleep.For(ctx, a.Timeout)
		return chaos.Outcome{Err: "timeout"}
	}
	r, err := newRunner(b.Options)
	require.NoError(t, err)
	o := r.runCase(t.Context(), b.Plan.Cases[0], execute.Repetition{Number: 1, Try: 1})
	r.weigh(&o, true)
	return o
}

func TestAKeyIsStuckOnlyWhenOthersAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := silenced(t, true)
		require.Equal(t, model.Unknown, o.verdict.Verdict, o.verdict)
		require.True(t, o.hindered(conditions.Silent))
		o = silenced(t, false)
		require.Equal(t, model.Invalid, o.verdict.Verdict, o.verdict)
		require.Equal(t, "stuck-key", o.verdict.Violations[0].Rule)
		require.Empty(t, o.causes)
	})
}
