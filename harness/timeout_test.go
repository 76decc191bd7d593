package harness

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// automatic is the stub's contract with a timeout that is measured.
func automatic(t *testing.T) *model.Contract {
	t.Helper()
	text := strings.Replace(stubPromises, "timeout: 100ms", "timeout: auto", 1)
	c, err := contract.Parse("stub.yaml", []byte(text))
	require.NoError(t, err)
	return c
}

// arrivingLate is a fault that waits for the timeout of 200ms.
func arrivingLate() model.Fault {
	return model.Fault{Kind: model.LateArrival, Operation: "a", Attempt: 1, Span: milliseconds(230)}
}

func TestATimeoutIsTenTimesWhatTheWarmUpMeasures(t *testing.T) {
	for took, want := range map[int]int{0: 200, 15: 200, 21: 400, 40: 400, 300: 3200, 900: 5000} {
		synctest.Test(t, func(t *testing.T) {
			again := []model.PlannedAttempt{{Repeat: true}, {Repeat: true}}
			delay := model.Fault{Kind: model.Delay, Operation: "a", Attempt: 2, Span: milliseconds(9)}
			b := newBench(automatic(t), charging(again, arrivingLate(), delay))
			b.taking(milliseconds(took).Std())
			b.Plan.Contract = *b.Contract
			saved := 0
			b.Grow = func(p *model.Plan) error {
				saved++
				require.Equal(t, milliseconds(want), p.Contract.Target.Timeout)
				return nil
			}
			res, err := Run(t.Context(), b.Options)
			require.NoError(t, err)
			require.Equal(t, want != 200, saved == 1)
			require.Equal(t, milliseconds(want), res.Plan.Contract.Target.Timeout)
			faults := res.Plan.Cases[0].Faults
			require.Equal(t, milliseconds(230*want/200), faults[0].Span, "it is late still")
			require.Equal(t, milliseconds(9), faults[1].Span)
			require.Equal(t, milliseconds(230), b.Plan.Cases[0].Faults[0].Span, "the caller's stays")
			limits := map[bool]time.Duration{}
			for _, s := range b.world.attempts()[rehearsed:] {
				limits[s.Final] = s.Timeout
			}
			require.Equal(t, milliseconds(want).Std(), limits[false])

			// A replay waits as the run did, whatever it would measure itself.
			b.taking(0)
			b.Plan = res.Plan
			before := len(b.world.attempts())
			_, err = Replay(t.Context(), b.Options)
			require.NoError(t, err)
			replayed := b.world.attempts()[before+rehearsed:]
			require.Equal(t, milliseconds(want).Std(), replayed[0].Timeout)
		})
	}
}

// rehearsed is how many attempts the warm-up of a contract with one operation type makes: two
// operations, and a repeat of each.
const rehearsed = 4

func TestATimeoutThatIsWrittenStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.taking(milliseconds(50).Std())
		res, err := Run(t.Context(), b.Options)
		require.NoError(t, err)
		require.Zero(t, res.Plan.Contract.Target.Timeout)
		require.Equal(t, milliseconds(100).Std(), b.world.attempts()[rehearsed].Timeout)
	})
}

func TestATimeoutIsLongerWhileSomebodyIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, sleep(t.Context(), time.Minute)) // so that lateness lies after the beginning
		c := charging(nil, arrivingLate())
		r, err := newRunner(newBench(automatic(t), c).Options)
		require.NoError(t, err)
		pulse := func(late int) {
			r.conditions.pulse.next(time.Now().Add(-milliseconds(late).Std()))
			r.conditions.pulse.woke(time.Now())
		}
		pulse(19)
		require.Equal(t, milliseconds(200).Std(), r.patience(&c, "a", 2), "nobody is late")
		pulse(50)
		require.Equal(t, milliseconds(400).Std(), r.patience(&c, "a", 2))
		require.Equal(t, milliseconds(200).Std(), r.patience(&c, "a", 1), "this client is to give up")
		end := r.conditions.readings.begin()
		require.NoError(t, sleep(t.Context(), milliseconds(300).Std()))
		end(true)
		require.Equal(t, milliseconds(1400).Std(), r.patience(&c, "a", 2))
		pulse(9000)
		require.Equal(t, maxTimeout, r.patience(&c, "a", 2))
		require.NoError(t, sleep(t.Context(), 2*lately))
		r.conditions.pulse.next(time.Now())
		require.Equal(t, milliseconds(200).Std(), r.patience(&c, "a", 2), "that was long ago")
		r.contract = stubContract(t)
		pulse(50)
		require.Equal(t, milliseconds(100).Std(), r.patience(&c, "a", 2), "the contract says when")
	})
}
