package shrink

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// stand is a stub behind a fake world, and what runs cases there.
type stand struct {
	*stub.Payments
	world *stub.World
	own   *trial.Runner
}

func newStand(t *testing.T) *stand {
	t.Helper()
	service := stub.New()
	world := &stub.World{Service: service, Begun: time.Now()}
	r, err := trial.New(trial.Settings{
		Contract: stub.Contract(t), Parallel: 1,
		Place: execute.Site{World: world, HTTP: stub.Direct{Handler: service}},
	})
	require.NoError(t, err)
	return &stand{service, world, r}
}

// TestTheSurestCaseIsShrunk: of two cases of one rule the first is smaller, and breaks it only now
// and then.
func TestTheSurestCaseIsShrunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small := stub.Charging([]model.PlannedAttempt{{}, {}}, fault.Fault{
			Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close,
		})
		b := newStand(t)
		made := 0
		b.world.Lost = func(a chaos.Attempt, key string) {
			if a.Operation == "a" {
				if made++; made%2 == 0 {
					return
				}
			}
			b.Forget(key)
		}
		var invalid []*trial.Trial
		for _, c := range []model.Case{small, stub.Crowded()} {
			o := b.own.Try(t.Context(), c, trial.Runs{First: 1, Last: 1})
			require.Equal(t, verdict.Invalid, o.Verdict.Verdict)
			invalid = append(invalid, &o)
		}
		h := &hunt{task: &Task{Runner: b.own}, deadline: time.Now().Add(time.Hour)}
		var broke []int
		for one := range h.surestFirst(t.Context(), invalid) {
			broke = append(broke, one.broke)
		}
		require.Equal(t, replays, broke[0])
		require.Less(t, broke[1], replays)
	})
}

func TestEveryTrialMeetsTheSameFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := stub.Charging([]model.PlannedAttempt{{Repeat: true}},
			fault.Fault{Kind: fault.Disconnect, Operation: "a", Attempt: 1, PerMille: 500})
		b := newStand(t)
		b.own.Exec.Service["charge"] = stub.Milliseconds(8).Std()
		s := &shrinker{runner: b.own}
		met := 0
		for _, o := range s.repeat(t.Context(), c, 4) {
			for _, e := range o.History.Events {
				if e.Kind == model.FaultReported {
					met++
					require.Equal(t, stub.Milliseconds(4), e.Fault.Span)
				}
			}
		}
		require.Equal(t, 4, met)
	})
}
