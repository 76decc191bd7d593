package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestPausesThatTheWorldCannotMakeAreUnknown(t *testing.T) {
	b := newBench(stub.Contract(t), stub.Charging([]model.PlannedAttempt{{Repeat: true}}))
	plan.Starve(b.Plan, "a")
	_, v := b.once(t)
	require.Equal(t, verdict.Unknown, v.Verdict)
	require.Len(t, v.Reasons, 1)
	require.Contains(t, v.Reasons[0], "replay it in go test")
	require.Empty(t, b.world.Attempts())
}
