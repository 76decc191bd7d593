package worlds_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// soonEnough is how long finding a seeded bug and shrinking it may take, in real time.
const soonEnough = 2 * time.Second

// TestEverySeededBugIsFoundInMemory as harness.Check finds it: the plan, the seed and the number
// of cases are those of a Suite that sets none.
func TestEverySeededBugIsFoundInMemory(t *testing.T) {
	c := resolved(t, "http://in.memory")
	for _, b := range reference.Bugs() {
		t.Run(b.Name, func(t *testing.T) {
			plan := draw(t, c, 1, 20*len(scenarios.HTTP()))
			result, err := harness.Run(t.Context(), harness.Options{
				Contract: c, Plan: plan, Enter: harness.Virtual(t, target(b.Name, work)),
				Parallel: runtime.GOMAXPROCS(0),
			})
			require.NoError(t, err)
			require.Equal(t, model.Invalid, result.Verdict.Verdict)
			small := result.Found
			require.Contains(t, b.Rules, small.Violation.Rule)
			require.LessOrEqual(t, len(small.Case.Operations), 3)
			require.LessOrEqual(t, len(small.Case.Faults), 2)
			require.Equal(t, small.Replays, small.Reproduced, "memory repeats itself")
			t.Logf("%.2fs: %s with %d operations, %d faults, %d attempts; goal %v",
				result.Elapsed.Seconds(), small.Violation.Rule, len(small.Case.Operations),
				len(small.Case.Faults), small.Case.Attempts(), soonEnough)
			require.Less(t, result.Elapsed, slack*soonEnough)
		})
	}
}
