package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestTheFirstFindingIsOneThatCounts: what was withdrawn, and what is only worth a note, is none.
func TestTheFirstFindingIsOneThatCounts(t *testing.T) {
	s := &sweep{begun: time.Now().Add(-time.Minute)}
	seen := wrong(stub.LostFirst(), 7, "stuck-key")
	told := seen.Verdict.Violations
	later := wrong(stub.Twice(), 3, "duplicate-effect")
	noted := wrong(stub.Twice(), 9, "replay-unmarked")
	noted.Verdict.Verdict = verdict.Valid
	noted.Verdict.Violations[0].Level = verdict.LevelNote
	for _, o := range []*trial.Trial{noted, seen, later} {
		s.find(o)
	}
	require.Zero(t, told[0].Found, "what others were told is theirs")
	all := judge.Merge(judge.Merge(later.Verdict, seen.Verdict), noted.Verdict)
	w := &swept{findings: s.findings}
	first := w.first(all)
	require.Equal(t, 7, first.Case)
	require.Equal(t, "test", first.Scenario)
	require.GreaterOrEqual(t, first.After.Std(), time.Minute)
	require.Equal(t, 3, w.first(later.Verdict).Case, "the other one was withdrawn")
	require.Nil(t, w.first(noted.Verdict))
}

// wrong is an invalid outcome of a case that broke a rule.
func wrong(c model.Case, index int, rule string) *trial.Trial {
	c.Index = index
	v := verdict.New()
	v.Verdict = verdict.Invalid
	v.Violations = append(v.Violations, verdict.Violation{Rule: rule, Level: verdict.LevelViolation})
	return &trial.Trial{Case: c, Verdict: v}
}
