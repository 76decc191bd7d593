package harness_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// instantly checks a reference service that answers in no time, going on after a violation.
func instantly(t *testing.T, bug string, rows ...plan.Scenario) verdict.Verdict {
	t.Helper()
	result, err := harness.Try(t, harness.Suite{
		Contract: referenceContract(t), Scenarios: rows, Cases: 6 * len(rows), KeepGoing: true,
		Points: reference.Points(), ShrinkBudget: -1,
	}, referenceTarget(reference.Options{Bug: bug, Processor: reference.Paced{}}))
	require.NoError(t, err)
	return result.Verdict
}

// TestEveryFaultHappensToAHandlerThatTakesNoTime: nothing that is planned waits for luck.
func TestEveryFaultHappensToAHandlerThatTakesNoTime(t *testing.T) {
	var faulty []plan.Scenario
	for _, row := range scenarios.Virtual() {
		if len(row.Faults) > 0 {
			faulty = append(faulty, row)
		}
	}
	v := instantly(t, "", faulty...)
	require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
	require.Greater(t, v.Faults.Planned, 150)
	require.Equal(t, v.Faults.Planned, v.Faults.Fired, "%v", v.Faults)
}

// TestWhoHangsUpOnAHandlerThatTakesNoTimeIsNoticed: the handler does what one does that waits.
func TestWhoHangsUpOnAHandlerThatTakesNoTimeIsNoticed(t *testing.T) {
	v := instantly(t, "claim-dropped-on-disconnect", chosen(t, "disconnects")...)
	require.Equal(t, v.Faults.Planned, v.Faults.Fired, "%v", v.Faults)
	require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
}
