package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// TestTheFirstFindingIsOneThatCounts: what was withdrawn, and what is only worth a note, is none.
func TestTheFirstFindingIsOneThatCounts(t *testing.T) {
	s := &sweep{runner: &runner{begun: time.Now().Add(-time.Minute)}}
	seen := outcomeOf(lostFirst(), 7, "stuck-key")
	told := seen.verdict.Violations
	later := outcomeOf(twice(), 3, "duplicate-effect")
	noted := outcomeOf(twice(), 9, "replay-unmarked")
	noted.verdict.Verdict = model.Valid
	noted.verdict.Violations[0].Level = model.LevelNote
	for _, o := range []*outcome{noted, seen, later} {
		s.find(o)
	}
	require.Zero(t, told[0].Found, "what others were told is theirs")
	all := judge.Merge(judge.Merge(later.verdict, seen.verdict), noted.verdict)
	first := s.first(all)
	require.Equal(t, 7, first.Case)
	require.Equal(t, "test", first.Scenario)
	require.GreaterOrEqual(t, first.After.Std(), time.Minute)
	require.Equal(t, 3, s.first(later.verdict).Case, "the other one was withdrawn")
	require.Nil(t, s.first(noted.verdict))
}
