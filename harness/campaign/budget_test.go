package campaign

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// hanging is a bench whose target says nothing any more from its first operation on; begun is told
// of that.
func hanging(t *testing.T, begun func()) *bench {
	b := newBench(stub.Contract(t), several(2)...)
	b.Parallel = 1
	var hangs atomic.Bool
	b.HTTP = mute{stub.Direct{Handler: b.Payments}, &hangs}
	b.world.Carry = func(context.Context, chaos.Attempt) chaos.Completion {
		hangs.Store(true)
		begun()
		return chaos.Completion{Answer: &model.Answer{Status: 201, Body: `{"id":"c"}`}}
	}
	return b
}

// grace is more than what cases under way are left when their run ends.
const grace = 1500 * time.Millisecond

func TestAnInterruptedRunDoesNotWaitForATargetThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		begun := time.Now()
		s := hanging(t, cancel).sweep(ctx, t)
		require.LessOrEqual(t, time.Since(begun), 2*grace)
		require.Equal(t, 1, s.done)
		require.Equal(t, verdict.Unknown, s.results[0].Verdict.Verdict)
		require.Contains(t, s.results[0].Verdict.Reasons[0], "interrupted before the case was over")
	})
}

// TestASpentBudgetDoesNotWaitForATargetThatHangs: neither in the warm-up nor later.
func TestASpentBudgetDoesNotWaitForATargetThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const budget = 7 * time.Second
		for _, warm := range []bool{false, true} {
			begun := time.Now()
			b := hanging(t, func() {})
			b.Budget = budget
			p := b.prepared(t)
			out := &RunResult{Verdict: verdict.New(), Plan: p.Options.Plan}
			if warm {
				runAll(context.Background(), p, out)
			} else {
				var err error
				out, err = Run(context.Background(), b.options())
				require.NoError(t, err)
			}
			require.NoError(t, p.runner.Fatal(), "the target can be reached")
			require.LessOrEqual(t, time.Since(begun), budget+2*grace)
			require.Equal(t, verdict.Unknown, out.Verdict.Verdict)
			require.Contains(t, out.Verdict.Reasons[0], "the budget was spent before the case was over")
		}
	})
}

// TestWhoInterruptsASetupThatHangsIsNotToldToStartTheService: the target was reached.
func TestWhoInterruptsASetupThatHangsIsNotToldToStartTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		b := newBench(stub.Contract(t), several(2)...)
		b.HTTP = swallowing(cancel)
		res, err := Run(ctx, b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
		require.Contains(t, res.Verdict.Reasons[0], "the run was interrupted before the case was over")
	})
}

// swallowing is a target that takes a message and never answers; it is told of each.
type swallowing func()

// RoundTrip implements [http.RoundTripper].
func (s swallowing) RoundTrip(r *http.Request) (*http.Response, error) {
	s()
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestAnInterruptedRunReplaysNothing: what was found stands, and nobody waits for replays.
func TestAnInterruptedRunReplaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		b := newBench(stub.Contract(t), stub.Crowded())
		b.forgetful()
		saved := 0
		b.Save = func(*model.History) error { saved++; return nil }
		b.Judged = func(model.Case, verdict.Verdict) { cancel() }
		res, err := Run(ctx, b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Equal(t, 2, saved, "the case, and what stands for it")
		require.Len(t, res.Found.Case.Operations, len(stub.Crowded().Operations))
		require.Zero(t, res.Verdict.Counterexample.Replays)
	})
}

// TestATargetThatHangsEndsShrinkingOnceTheBudgetIsSpent: what was found stands.
func TestATargetThatHangsEndsShrinkingOnceTheBudgetIsSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), stub.Crowded())
		b.forgetful()
		var hangs atomic.Bool
		b.HTTP = mute{stub.Direct{Handler: b.Payments}, &hangs}
		b.Judged = func(model.Case, verdict.Verdict) { hangs.Store(true) }
		b.Budget = 2 * time.Second
		begun := time.Now()
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(begun), b.Budget+2*grace)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
		require.Zero(t, res.Verdict.Counterexample.Replays)
	})
}
