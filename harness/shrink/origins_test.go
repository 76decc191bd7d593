package shrink

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestRivals: what happened twice is never given up for what was answered, nor what was answered
// for its form.
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
			found := &Found{Case: stub.LostFirst(), Reproduced: tc.reproduced, Replays: 5}
			found.Violation.Rule = tc.rule
			if tc.faultless {
				found.Case.Faults = nil
			}
			faulty, other := outcomeOf(stub.LostFirst(), 0, tc.rule), outcomeOf(stub.Twice(), 1, tc.other)
			got := alternative([]*trial.Trial{faulty, other}, found, "")
			require.Equal(t, tc.preferred, got == other)
			require.Equal(t, !tc.preferred, got == nil)
			got = alternative([]*trial.Trial{faulty, other}, found, tc.rule)
			require.Nil(t, got, "a plan that names a rule means it")
		})
	}
}

// outcomeOf is an invalid outcome of a case that broke a rule.
func outcomeOf(c model.Case, index int, rule string) *trial.Trial {
	c.Index = index
	v := verdict.New()
	v.Verdict = verdict.Invalid
	v.Violations = append(v.Violations, verdict.Violation{Rule: rule, Level: verdict.LevelViolation})
	return &trial.Trial{Case: c, Verdict: v, History: &model.History{}}
}

func TestSlowCasesGetTimeForAFewRounds(t *testing.T) {
	k := &Task{}
	require.Equal(t, 6*time.Second, k.maxTime(200*time.Millisecond))
	require.Equal(t, 70*time.Second, k.maxTime(7*time.Second), "ten times what the case took")
	require.Equal(t, 2*time.Minute, k.maxTime(time.Minute), "nobody waits for hours")
	k.Budget = time.Second
	require.Equal(t, time.Second, k.maxTime(7*time.Second), "what was asked for")
}

// TestWhatLuckShowedHidesNothing: when cases of the rule of highest priority do not come up again,
// those of other rules have their turn.
func TestWhatLuckShowedHidesNothing(t *testing.T) {
	var invalid []*trial.Trial
	for i := range 3 * originsPerRule {
		rule := "key-ignored"
		if i >= 2*originsPerRule {
			rule = "early-expiry"
		}
		v := verdict.New()
		v.Violations = []verdict.Violation{{Rule: rule}}
		invalid = append(invalid, &trial.Trial{Verdict: v})
	}
	want := append(slices.Clone(invalid[:originsPerRule]), invalid[2*originsPerRule:]...)
	require.Equal(t, want, origins(invalid))
}

func TestDescribingNothingIsNothing(t *testing.T) {
	require.Nil(t, (*Found)(nil).Describe(nil))
}

// TestWhatIsExecutedAgainComesFirst: of two rules as grave, people read that one first which a
// client breaks by nothing but retrying.
func TestWhatIsExecutedAgainComesFirst(t *testing.T) {
	one := stub.Twice()
	order := []string{
		"key-ignored", "early-expiry", "duplicate-effect", "key-required", "payload-mismatch", "lost-effect",
		"in-flight-execution", "stuck-key", "replay-unmarked",
	}
	for i, earlier := range order {
		for _, later := range order[i+1:] {
			first, second := outcomeOf(one, 1, earlier), outcomeOf(one, 0, later)
			require.Negative(t, ByPriority(first, second), "%s before %s", earlier, later)
			require.Positive(t, ByPriority(second, first), "%s before %s", earlier, later)
			both := first.Verdict
			both.Violations = slices.Concat(second.Verdict.Violations, first.Verdict.Violations)
			slices.SortFunc(both.Violations, func(a, b verdict.Violation) int {
				return judge.CompareRules(a.Rule, b.Rule) // as the judge lists them
			})
			require.Equal(t, earlier, gravest(both).Rule)
		}
	}
}
