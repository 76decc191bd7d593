package campaign

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// lostFirst is a case whose first message is lost.
func lostFirst() model.Case {
	return stub.Charging([]model.PlannedAttempt{{}}, model.Fault{
		Kind: model.RequestLost, Operation: "a", Attempt: 1, Mode: model.Close,
	})
}

// twice is a case of repeats without any fault.
func twice() model.Case { return stub.Charging([]model.PlannedAttempt{{Repeat: true}, {Repeat: true}}) }

// moody makes a bench, which must run one case at a time, answer repeats with another status: with 204 in
// a case without faults, and with 409 for ever after a fault. So one mistake breaks two rules, and the more
// telling one needs a fault.
func (b *bench) moody() {
	var struck atomic.Bool
	b.world.Fires = func(model.Fault) bool { struck.Store(true); return true }
	b.Answer = func(r *http.Request) *stub.Reply {
		switch old, found := b.Stored[r.Header.Get("Idempotency-Key")]; {
		case r.URL.Path == "/accounts":
			struck.Store(false) // a case begins
		case r.Method == http.MethodPost && struck.Load():
			return &stub.Reply{Status: 409}
		case r.Method == http.MethodPost && found:
			return &stub.Reply{Status: 204, Body: old.Body}
		}
		return nil
	}
	b.Parallel, b.KeepGoing = 1, true
}

func TestACaseWithoutFaultsIsPreferredAmongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), lostFirst(), twice())
		b.moody()
		res, err := Run(context.Background(), b.Options)
		require.NoError(t, err)
		require.Equal(t, "stuck-key", res.Verdict.Violations[0].Rule, "the most telling stays the first")
		require.Equal(t, "divergent-replay", res.Found.Violation.Rule)
		require.Equal(t, 1, res.Found.Case.Index)
		require.Equal(t, 5, res.Found.Reproduced)
		require.Equal(t, "divergent-replay", res.Verdict.Counterexample.Rule)
	})
}

func TestWithoutARivalTheFaultStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), lostFirst())
		b.moody()
		res, err := Run(context.Background(), b.Options)
		require.NoError(t, err)
		require.Equal(t, "stuck-key", res.Found.Violation.Rule)
		require.Len(t, res.Found.Case.Faults, 1)
	})
}

// TestRivals: what happened twice is never given up for what was answered, nor what was answered for its
// form.
func TestRivals(t *testing.T) {
	for _, tc := range []struct {
		name, rule, other    string
		reproduced           int
		faultless, preferred bool
	}{
		{"a rule about answers", "stuck-key", "divergent-replay", 5, false, true},
		{"the same rule", "hollow-answer", "hollow-answer", 5, false, true},
		{"effects before answers", "stuck-key", "state-divergence", 5, false, true},
		{"seldom, and about answers", "stuck-key", "divergent-replay", 2, false, true},
		{"seldom, and about effects", "duplicate-effect", "lost-effect", 4, false, true},
		{"seldom, though it needs no fault", "stuck-key", "hollow-answer", 4, true, true},
		{"effects stay before answers", "duplicate-effect", "divergent-replay", 4, false, false},
		{"effects stay before the marker", "duplicate-effect", "replay-unmarked", 5, false, false},
		{"sure effects stay", "duplicate-effect", "lost-effect", 5, false, false},
		{"answers stay before the marker", "stuck-key", "replay-unmarked", 5, false, false},
		{"what is sure and needs no fault", "stuck-key", "divergent-replay", 5, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := &Found{Case: lostFirst(), Reproduced: tc.reproduced, Replays: 5}
			found.Violation.Rule = tc.rule
			if tc.faultless {
				found.Case.Faults = nil
			}
			faulty, other := outcomeOf(lostFirst(), 0, tc.rule), outcomeOf(twice(), 1, tc.other)
			r := &runner{Options: Options{Plan: &model.Plan{}}}
			got := r.rival([]*outcome{faulty, other}, found)
			require.Equal(t, tc.preferred, got == other)
			require.Equal(t, !tc.preferred, got == nil)
			r.Plan.Rule = tc.rule
			require.Nil(t, r.rival([]*outcome{faulty, other}, found), "a plan that names a rule means it")
		})
	}
}

// outcomeOf is an invalid outcome of a case that broke a rule.
func outcomeOf(c model.Case, index int, rule string) *outcome {
	c.Index = index
	v := model.NewVerdict()
	v.Verdict = model.Invalid
	v.Violations = append(v.Violations, model.Violation{Rule: rule, Level: model.LevelViolation})
	return &outcome{plan: c, verdict: v, history: &model.History{}}
}
