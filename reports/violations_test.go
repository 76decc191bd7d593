package reports

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// breaks is a violation of a rule by an operation of a case.
func breaks(rule string, number int, operation string) verdict.Violation {
	return verdict.Violation{
		Rule: rule, Level: verdict.LevelViolation, Case: number, Operations: []string{operation},
		Message: rule + " by " + operation,
	}
}

func TestOneCauseHasOneHeadlineAndEffectsComeFirst(t *testing.T) {
	for _, tt := range []struct {
		name     string
		found    []verdict.Violation
		headline string
	}{
		{
			"what follows in the same case stands below its cause",
			[]verdict.Violation{
				breaks("divergent-replay", 1, "a"), breaks("duplicate-effect", 1, "a"),
				breaks("duplicate-effect", 2, "b"),
			},
			"retries do harm: duplicate-effect (2 cases)",
		},
		{
			"of another operation it is another mistake",
			[]verdict.Violation{breaks("divergent-replay", 1, "b"), breaks("duplicate-effect", 1, "a")},
			"retries do harm: duplicate-effect (1 case), divergent-replay (1 case)",
		},
		{
			"in another case too",
			[]verdict.Violation{
				breaks("divergent-replay", 1, "a"), breaks("divergent-replay", 2, "a"),
				breaks("duplicate-effect", 1, "a"),
			},
			"retries do harm: duplicate-effect (1 case), divergent-replay (2 cases)",
		},
		{
			"effects come before answers",
			[]verdict.Violation{breaks("key-required", 1, "a"), breaks("lost-effect", 2, "a")},
			"retries do harm: lost-effect (1 case), key-required (1 case)",
		},
	} {
		d := &Document{Verdict: verdict.Verdict{Violations: sorted(tt.found)}}
		require.Equal(t, tt.headline, harm(d), tt.name)
	}
}

func TestWhatTheCounterexampleExplainsHasNoHeadline(t *testing.T) {
	d := &Document{Verdict: verdict.Verdict{
		Violations: sorted([]verdict.Violation{
			breaks("key-ignored", 1, "a"), breaks("duplicate-effect", 2, "a"),
			breaks("divergent-replay", 3, "a"), breaks("lost-effect", 4, "a"),
		}),
		Counterexample: &verdict.Counterexample{Rule: "key-ignored"},
	}}
	require.Equal(t, "retries do harm: key-ignored (1 case), lost-effect (1 case)", harm(d))
	d.Verdict.Further = []verdict.Counterexample{{Rule: "divergent-replay"}}
	require.Equal(t, "retries do harm: key-ignored (1 case), lost-effect (1 case), "+
		"divergent-replay (1 case)", harm(d), "it has a counterexample of its own")
	d.Verdict.Counterexample.Rule = "lost-effect"
	require.Contains(t, harm(d), "duplicate-effect", "a loss explains no duplicate")
}

func TestWhatFollowsIsNamedBelowItsCause(t *testing.T) {
	var out strings.Builder
	require.NoError(t, Text(&out, Document{Verdict: verdict.Verdict{
		Verdict: verdict.Invalid,
		Violations: []verdict.Violation{
			breaks("divergent-replay", 1, "a"), breaks("duplicate-effect", 1, "a"),
		},
	}}, TextOptions{}))
	require.Contains(t, out.String(), "it also breaks divergent-replay (1 case): divergent-replay by a")
	require.NotContains(t, out.String(), "── divergent-replay")
}
