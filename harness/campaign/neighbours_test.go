package campaign

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// keeping makes a bench work with the keys as it read them, and write them a millisecond later:
// write gets those that are written by then, those that were read with the new one, and which that
// is, and returns what is written.
func (b *bench) keeping(write func(written, mine map[string]stub.Reply, key string) map[string]stub.Reply) {
	written := map[string]stub.Reply{}
	b.Answer = func(r *http.Request) *stub.Reply {
		if r.URL.Path != "/charges" || r.Method != http.MethodPost {
			return nil
		}
		key := r.Header.Get("Idempotency-Key")
		b.Mu.Lock()
		mine := maps.Clone(written)
		_, known := mine[key]
		b.Stored = mine
		out := b.Serve(r)
		b.Mu.Unlock()
		if known {
			return out
		}
		_ = sleep.For(context.Background(), time.Millisecond)
		b.Mu.Lock()
		defer b.Mu.Unlock()
		written = write(written, mine, key)
		return out
	}
}

// inOneDocument makes a bench write all keys that it read when it writes one.
func (b *bench) inOneDocument() {
	b.keeping(func(_, mine map[string]stub.Reply, _ string) map[string]stub.Reply { return mine })
}

// repeatedCharge is a case of one charge, which is sent twice.
func repeatedCharge() model.Case {
	return stub.Charging([]model.PlannedAttempt{{}, {Repeat: true, After: stub.Milliseconds(3)}})
}

// two is a case of two charges at the same time, by two clients.
func two() model.Case {
	c := repeatedCharge()
	b := c.Operations[0]
	b.ID, b.CorrelationID, b.Key.Name, b.Client = "b", "m2", "k2", 1
	c.Operations = append(c.Operations, b)
	return c
}

// TestInterferenceOfCasesIsToldAndReplayed: alone the case is right, beside others it is not, and
// the counterexample holds such others.
func TestInterferenceOfCasesIsToldAndReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cases []model.Case
		for range 12 {
			cases = append(cases, repeatedCharge())
		}
		b := newBench(stub.Contract(t), cases...)
		b.inOneDocument()
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.True(t, judge.RuleOf(res.Found.Violation.Rule).ExecutesAgain(), res.Found.Violation.Rule)
		got := res.Verdict.Counterexample.Interference
		require.NotNil(t, got)
		require.Len(t, got.Operations, 3)
		require.Equal(t, 5, got.Reproduced)
		require.True(t, got.Lost)

		b.Plan = res.Found.PlanIn(res.Plan)
		require.Empty(t, b.Plan.Neighbours, "they are in the case now")
		b.Plan.Cases = append(b.Plan.Cases, b.Plan.Cases[0], b.Plan.Cases[0])
		again, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, res.Found.Violation.Rule, again.Found.Violation.Rule)
		require.NotNil(t, again.Verdict.Counterexample.Interference)
		require.Equal(t, 3, again.Found.Reproduced)
	})
}

// TestInterferenceWithinACaseIsTold, also where each case has a service of its own.
func TestInterferenceWithinACaseIsTold(t *testing.T) {
	for _, virtual := range []bool{false, true} {
		t.Run(fmt.Sprint("virtual ", virtual), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), two())
				b.inOneDocument()
				if virtual {
					b.Lend = func(body func(execute.Site) error) error {
						own := newBench(stub.Contract(t), two())
						own.inOneDocument()
						return body(execute.Site{World: own.world, HTTP: own.HTTP})
					}
				}
				res, err := Run(context.Background(), b.options())
				require.NoError(t, err)
				require.True(t, judge.RuleOf(res.Found.Violation.Rule).ExecutesAgain(), res.Found.Violation.Rule)
				got := res.Verdict.Counterexample.Interference
				require.NotNil(t, got)
				require.NotEmpty(t, got.Operations)
				require.NotContains(t, got.Operations, res.Found.Violation.Operations[0])
				require.Equal(t, 5, got.Reproduced)
				require.True(t, got.Lost)
				require.Empty(t, res.Found.Neighbours, "they are in the case")
			})
		})
	}
}

// TestInterferenceIsToldHoweverSlowReplaysAre: the time for them is over after the first round.
func TestInterferenceIsToldHoweverSlowReplaysAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), two())
		b.inOneDocument()
		o := b.options()
		o.Limits.ShrinkBudget = time.Microsecond
		res, err := Run(context.Background(), o)
		require.NoError(t, err)
		got := res.Verdict.Counterexample.Interference
		require.NotNil(t, got)
		require.Equal(t, 5, got.Reproduced)
		require.Equal(t, 5, got.Replays)
	})
}

// TestInterferenceOfOtherCases: others like it do no harm to the case, only one of another kind
// does, which the saved plan holds.
func TestInterferenceOfOtherCases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := stub.Charging([]model.PlannedAttempt{{}})
		large.Operations[0].Args = map[string]any{"account": "account-1", "amount": int64(7)}
		large.Operations[0].After = stub.Milliseconds(1)
		b := newBench(stub.Contract(t), repeatedCharge(), large)
		b.keeping(func(written, mine map[string]stub.Reply, key string) map[string]stub.Reply {
			if strings.Contains(mine[key].Payload, `"amount":7`) {
				clear(written)
			}
			written[key] = mine[key]
			return written
		})
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, &model.Interference{
			Cases: 1, Reproduced: 5, Replays: 5, Lost: true,
		}, res.Verdict.Counterexample.Interference)
		require.Equal(t, large.Operations, res.Found.Neighbours[0].Operations)

		b.Plan = res.Found.PlanIn(res.Plan)
		again, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, again.Verdict.Verdict)
		require.NotNil(t, again.Verdict.Counterexample.Interference)
		require.Equal(t, 1, again.Verdict.Judged.Cases, "neighbours are not judged")

		b.Plan.Neighbours = nil
		alone, err := Replay(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Valid, alone.Verdict.Verdict)
	})
}

// TestAKeyThatIsIgnoredNeedsNoNeighbours, nor does what is right.
func TestAKeyThatIsIgnoredNeedsNoNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), two(), two(), two())
		b.keeping(func(written, _ map[string]stub.Reply, _ string) map[string]stub.Reply { return written })
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, "key-ignored", res.Found.Violation.Rule)
		require.Nil(t, res.Found.Interference)
		require.Empty(t, res.Found.PlanIn(res.Plan).Neighbours)
	})
}

// TestWhatNeedsAnotherOperationFirstIsNoInterference: the second charge is refused without the
// first, which is no matter of keys, although nothing is executed twice then.
func TestWhatNeedsAnotherOperationFirstIsNoInterference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := two()
		c.Operations[1].Client, c.Operations[1].Await = 0, "a"
		b := newBench(stub.Contract(t, func(c *model.Contract) { c.Promises.Errors = "executed" }), c)
		b.Answer = func(r *http.Request) *stub.Reply {
			if r.URL.Path != "/charges" || r.Method != http.MethodPost {
				return nil
			}
			b.Mu.Lock()
			defer b.Mu.Unlock()
			if key := r.Header.Get("Idempotency-Key"); len(key) > 2 && key[len(key)-2:] == "k2" {
				if len(b.Book) == 0 {
					return &stub.Reply{Status: 402, Body: `{}`}
				}
				delete(b.Stored, key)
			}
			return nil
		}
		b.Lend = func(body func(execute.Site) error) error {
			b.Mu.Lock()
			b.Book = nil
			b.Mu.Unlock()
			return body(execute.Site{World: b.world, HTTP: b.HTTP})
		}
		b.Parallel = 1
		res, err := Run(context.Background(), b.options())
		require.NoError(t, err)
		require.Equal(t, verdict.Invalid, res.Verdict.Verdict, "%v", res.Verdict.Reasons)
		require.Nil(t, res.Found.Interference)
	})
}
