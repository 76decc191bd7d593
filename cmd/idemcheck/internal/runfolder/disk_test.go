package runfolder

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestARunDoesNotFillTheDisk(t *testing.T) {
	t.Parallel()
	w, err := files.CreateHistory(filepath.Join(t.TempDir(), "history.jsonl"), files.Header{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	space := NewDisk(w, 100)
	require.EqualValues(t, minDisk, space.limit)
	require.EqualValues(t, 10_000*caseDisk, NewDisk(w, 10_000).limit, "a long run may take more")
	space.limit = 1000

	result := &campaign.RunResult{Verdict: verdict.New(), Plan: &model.Plan{}, Skipped: 3}
	result.Verdict.Verdict = verdict.Valid
	require.True(t, space.Room())
	space.Doubt(result)
	require.Equal(t, verdict.Valid, result.Verdict.Verdict, "cases were skipped for another reason")

	require.NoError(t, w.Add(&model.History{Scenario: strings.Repeat("x", 1000)}))
	require.False(t, space.Room())
	wrong := &campaign.RunResult{Verdict: verdict.New(), Plan: &model.Plan{}, Skipped: 3}
	wrong.Verdict.Verdict = verdict.Invalid
	wrong.Verdict.Violations = []verdict.Violation{{Level: verdict.LevelViolation}}
	space.Doubt(wrong)
	require.Equal(t, verdict.Invalid, wrong.Verdict.Verdict)
	done := &campaign.RunResult{Verdict: verdict.New(), Plan: &model.Plan{}}
	done.Verdict.Verdict = verdict.Valid
	space.Doubt(done)
	require.Equal(t, verdict.Valid, done.Verdict.Verdict, "nothing was left out")
	space.Doubt(result)
	require.Equal(t, verdict.Unknown, result.Verdict.Verdict)
	require.Contains(t, result.Verdict.Reasons[0], "3 cases were not begun")
}
