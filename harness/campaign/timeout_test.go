package campaign

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// automatic is the stub's contract with a timeout that is measured.
func automatic(t *testing.T) *model.Contract {
	t.Helper()
	text := strings.Replace(stub.Promises, "timeout: 100ms", "timeout: auto", 1)
	c, err := contract.Parse("stub.yaml", []byte(text))
	require.NoError(t, err)
	return c
}

// arrivingLate is a fault that waits for the timeout of 200ms.
func arrivingLate() fault.Fault {
	return fault.Fault{Kind: fault.LateArrival, Operation: "a", Attempt: 1, Span: stub.Milliseconds(230)}
}

func TestATimeoutIsTenTimesWhatTheWarmUpMeasures(t *testing.T) {
	for took, want := range map[int]int{0: 200, 15: 200, 21: 400, 40: 400, 300: 3200, 900: 5000} {
		synctest.Test(t, func(t *testing.T) {
			again := []model.PlannedAttempt{{Repeat: true}, {Repeat: true}}
			delay := fault.Fault{Kind: fault.Delay, Operation: "a", Attempt: 2, Span: stub.Milliseconds(9)}
			b := newBench(automatic(t), stub.Charging(again, arrivingLate(), delay))
			b.taking(stub.Milliseconds(took).Std())
			b.Plan.Contract = *b.Contract
			saved := 0
			b.Grow = func(p *model.Plan) error {
				saved++
				require.Equal(t, stub.Milliseconds(want), p.Contract.Target.Timeout)
				return nil
			}
			res, err := Run(t.Context(), b.options())
			require.NoError(t, err)
			require.Equal(t, want != 200, saved == 1)
			require.Equal(t, stub.Milliseconds(want), res.Plan.Contract.Target.Timeout)
			faults := res.Plan.Cases[0].Faults
			require.Equal(t, stub.Milliseconds(230*want/200), faults[0].Span, "it is late still")
			require.Equal(t, stub.Milliseconds(9), faults[1].Span)
			require.Equal(t, stub.Milliseconds(230), b.Plan.Cases[0].Faults[0].Span, "the caller's stays")
			limits := map[bool]time.Duration{}
			for _, s := range b.world.Attempts()[rehearsed:] {
				limits[s.Final] = s.Timeout
			}
			require.Equal(t, stub.Milliseconds(want).Std(), limits[false])

			// A replay waits as the run did, whatever it would measure itself.
			b.taking(0)
			b.Plan = res.Plan
			before := len(b.world.Attempts())
			_, err = Replay(t.Context(), b.options())
			require.NoError(t, err)
			replayed := b.world.Attempts()[before+rehearsed:]
			require.Equal(t, stub.Milliseconds(want).Std(), replayed[0].Timeout)
		})
	}
}

// rehearsed is how many attempts the warm-up of a contract with one operation type makes: two
// operations, and a repeat of each.
const rehearsed = 4

func TestATimeoutThatIsWrittenStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.taking(stub.Milliseconds(50).Std())
		res, err := Run(t.Context(), b.options())
		require.NoError(t, err)
		require.Zero(t, res.Plan.Contract.Target.Timeout)
		require.Equal(t, stub.Milliseconds(100).Std(), b.world.Attempts()[rehearsed].Timeout)
	})
}
