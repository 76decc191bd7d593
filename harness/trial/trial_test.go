package trial

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// weighed is what a runner makes of a verdict with some violations.
func weighed(causes []conditions.Cause, alone bool, found ...model.Violation) *Trial {
	o := &Trial{
		Case: stub.Charging(nil), Verdict: model.NewVerdict(), Causes: causes,
		History: &model.History{Events: []model.Event{
			{Kind: model.Healed, At: time.Second},
			{Kind: model.Return, Operation: "a", At: 3 * time.Second},
			{Kind: model.Return, Operation: "b", At: 2 * time.Second},
		}},
	}
	o.Verdict.Verdict = model.Invalid
	for _, v := range found {
		v.Level = model.LevelViolation
		o.Verdict.Violations = append(o.Verdict.Violations, v)
	}
	(&Runner{Conditions: conditions.New(rate.NewLimiter(9, 9), 0)}).Weigh(o, alone)
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
			require.Equal(t, tt.want, o.Verdict.Verdict)
			require.Len(t, o.Verdict.Violations, tt.counts)
			require.Equal(t, tt.want == model.Unknown, len(o.Suspected) > 0)
			require.Equal(t, tt.want == model.Unknown, len(o.Verdict.Reasons) > 0)
		})
	}
	o := &Trial{Verdict: model.NewVerdict(), Causes: busy}
	o.Verdict.Verdict, o.Verdict.Violations = model.Invalid, []model.Violation{stuck}
	(&Runner{}).Weigh(o, false)
	require.Equal(t, model.Invalid, o.Verdict.Verdict, "virtual time is always calm")
}

// TestACaseThatIsRunAgainPausesElsewhere, or else the same faults would miss again; a case without
// pauses gets none.
func TestACaseThatIsRunAgainPausesElsewhere(t *testing.T) {
	require.Zero(t, repaused(0, 3))
	require.Equal(t, uint64(7), repaused(7, 1))
	require.NotEqual(t, repaused(7, 2), repaused(7, 3))
}
