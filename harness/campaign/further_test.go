package campaign

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// hollow makes a bench deny everything that it says it made, but for what the warm-up made.
func (b *bench) hollow() {
	b.Answer = func(r *http.Request) *stub.Reply {
		name, isLookup := strings.CutPrefix(r.URL.Path, "/charges/")
		if isLookup && name != "c-0" && name != "c-1" { // those that the warm-up makes
			return &stub.Reply{Status: 404}
		}
		return nil
	}
}

// loud is a bench of n cases, run one after another, each of which shows something hollow; only one
// of them also loses an answer, and that is charged twice.
func loud(t *testing.T, n, grave int) *bench {
	cases := several(n)
	cases[grave] = stub.Charging([]model.PlannedAttempt{{}, {}}, fault.Fault{
		Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close,
	})
	b := newBench(stub.Contract(t), cases...)
	b.hollow()
	b.forgetful()
	b.Parallel = 1
	return b
}

// TestALoudMistakeHidesNoGraveOne: the run goes on for a quarter of its plan, and the gravest is
// shown first.
func TestALoudMistakeHidesNoGraveOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := Run(context.Background(), loud(t, 40, 8).options())
		require.NoError(t, err)
		require.Equal(t, 11, res.Verdict.Judged.Cases, "the first one, and a quarter of the plan")
		require.Equal(t, "duplicate-effect", res.Found.Violation.Rule)
		require.Len(t, res.Further, 1)
		other := res.Further[0]
		require.Equal(t, "hollow-answer", other.Violation.Rule)
		require.Equal(t, 5, other.Reproduced)
		require.Empty(t, other.Case.Faults)
		require.Equal(t, []verdict.Counterexample{*other.Describe(nil)}, res.Verdict.Further)
		require.Equal(t, other.Violation.Message, res.Verdict.Further[0].Message)
		require.Equal(t, "hollow-answer", other.PlanIn(res.Plan).Rule)
	})
}

func TestNobodyGoesOnForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := Run(context.Background(), loud(t, 40, 30).options())
		require.NoError(t, err)
		require.Equal(t, "hollow-answer", res.Found.Violation.Rule, "case 30 was not begun")
		require.Empty(t, res.Further, "there is one mistake")
		require.Equal(t, 29, res.Skipped)
	})
}

// TestFurtherCounterexamplesAreLeftOutWithoutTime: not to shrink means none, and a replay has its
// rule.
func TestFurtherCounterexamplesAreLeftOutWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loud(t, 12, 1)
		b.ShrinkBudget = -1
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.NotNil(t, res.Found)
		require.Empty(t, res.Further)
		b = loud(t, 12, 1)
		b.Plan.Rule = "duplicate-effect"
		res, err = Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Empty(t, res.Further)
	})
}
