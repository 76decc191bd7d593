package trial

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// weighed is what a runner makes of a verdict with some violations.
func weighed(causes []conditions.Cause, alone bool, found ...verdict.Violation) *Trial {
	o := &Trial{
		Case: stub.Charging(nil), Verdict: verdict.New(), Causes: causes,
		History: &model.History{Events: []model.Event{
			{Kind: model.Healed, At: time.Second},
			{Kind: model.Return, Operation: "a", At: 3 * time.Second},
			{Kind: model.Return, Operation: "b", At: 2 * time.Second},
		}},
	}
	o.Verdict.Verdict = verdict.Invalid
	for _, v := range found {
		v.Level = verdict.LevelViolation
		o.Verdict.Violations = append(o.Verdict.Violations, v)
	}
	(&Runner{Conditions: conditions.New(rate.NewLimiter(9, 9), 0)}).Weigh(o, alone)
	return o
}

func TestWhatHangsOnTimeCountsOnlyInTheCalm(t *testing.T) {
	stuck := verdict.Violation{Rule: "stuck-key", Timed: true, Operations: []string{"a"}}
	other := verdict.Violation{Rule: "stuck-key", Timed: true, Operations: []string{"a", "b"}}
	within := verdict.Violation{Rule: "in-flight-execution", Timed: true, Operations: []string{"a"}}
	twice := verdict.Violation{Rule: "duplicate-effect"}
	caching := verdict.Violation{Rule: "divergent-replay"}
	busy := []conditions.Cause{{Kind: conditions.Starved, Worst: time.Second}}
	refused := []conditions.Cause{{Kind: conditions.Limited}}
	expired := []conditions.Cause{{Kind: conditions.SignedOut}}
	little := []conditions.Cause{{Kind: conditions.Starved, Worst: 200 * time.Millisecond}}
	for _, tt := range []struct {
		name   string
		causes []conditions.Cause
		alone  bool
		found  []verdict.Violation
		want   verdict.Result
		counts int
	}{
		{"alone", nil, true, []verdict.Violation{stuck}, verdict.Invalid, 1},
		{"beside others", nil, false, []verdict.Violation{stuck}, verdict.Unknown, 0},
		{"starved", busy, true, []verdict.Violation{stuck}, verdict.Unknown, 0},
		{"a little late, and patient", little, true, []verdict.Violation{stuck}, verdict.Invalid, 1},
		{"not patient with all", little, true, []verdict.Violation{other}, verdict.Unknown, 0},
		{"patience is for keys", little, true, []verdict.Violation{within}, verdict.Unknown, 0},
		{"patient beside others", little, false, []verdict.Violation{stuck}, verdict.Unknown, 0},
		{"a proof", busy, false, []verdict.Violation{twice}, verdict.Invalid, 1},
		{"a proof beside it", nil, false, []verdict.Violation{twice, stuck}, verdict.Invalid, 2},
		{"a proof beside it, starved", busy, false, []verdict.Violation{twice, stuck}, verdict.Invalid, 1},
		{"an answer while starved", busy, false, []verdict.Violation{caching}, verdict.Invalid, 1},
		{"an answer while limited", refused, true, []verdict.Violation{caching}, verdict.Unknown, 0},
		{"an effect while limited", refused, true, []verdict.Violation{twice}, verdict.Invalid, 1},
		{"signed out", expired, true, []verdict.Violation{twice}, verdict.Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := weighed(tt.causes, tt.alone, tt.found...)
			require.Equal(t, tt.want, o.Verdict.Verdict)
			require.Len(t, o.Verdict.Violations, tt.counts)
			require.Equal(t, tt.want == verdict.Unknown, len(o.Suspected) > 0)
			require.Equal(t, tt.want == verdict.Unknown, len(o.Verdict.Reasons) > 0)
		})
	}
	o := &Trial{Verdict: verdict.New(), Causes: busy}
	o.Verdict.Verdict, o.Verdict.Violations = verdict.Invalid, []verdict.Violation{stuck}
	(&Runner{}).Weigh(o, false)
	require.Equal(t, verdict.Invalid, o.Verdict.Verdict, "virtual time is always calm")
}

// TestACaseThatIsRunAgainPausesElsewhere, or else the same faults would miss again; a case without
// pauses gets none.
func TestACaseThatIsRunAgainPausesElsewhere(t *testing.T) {
	require.Zero(t, repaused(0, 3))
	require.Equal(t, uint64(7), repaused(7, 1))
	require.NotEqual(t, repaused(7, 2), repaused(7, 3))
}
