package campaign

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// provenBy runs a plan against a stub that a change made odd.
func provenBy(
	t *testing.T, odd func(*bench), change ...func(*model.Contract),
) (res *RunResult) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, change...), stub.Twice())
		b.ShrinkBudget = -1
		odd(b)
		var err error
		res, err = Run(context.Background(), b.options())
		require.NoError(t, err)
	})
	return res
}

// TestEffectsThatComeLaterAreAskedFor: the contract says that they are there at once.
func TestEffectsThatComeLaterAreAskedFor(t *testing.T) {
	res := provenBy(t, func(b *bench) { b.Lag = time.Second })
	require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
	require.Len(t, res.Verdict.Mistakes, 1, res.Verdict.Reasons)
	m := res.Verdict.Mistakes[0]
	require.Equal(t, "promises.settle", m.Line())
	require.Equal(t, "write settle: 2s", m.Write)
	require.Contains(t, m.Request, "POST /charges")
	require.Contains(t, m.Answer, "201 ")
}

func TestEffectsThatMayComeLaterAreWaitedFor(t *testing.T) {
	res := provenBy(t, func(b *bench) { b.Lag = time.Second }, func(c *model.Contract) {
		c.Promises.Settle = stub.Milliseconds(2000)
	})
	require.Empty(t, res.Verdict.Mistakes)
	require.Equal(t, verdict.Valid, res.Verdict.Verdict, res.Verdict.Reasons)
}

// TestWhatOnlyARepeatShowsIsFound: it is no mistake of the contract.
func TestWhatOnlyARepeatShowsIsFound(t *testing.T) {
	res := provenBy(t, func(b *bench) {
		b.Answer = func(r *http.Request) *stub.Reply {
			b.Forget(r.Header.Get("Idempotency-Key"))
			return nil
		}
	})
	require.Empty(t, res.Verdict.Mistakes)
	require.Equal(t, verdict.Invalid, res.Verdict.Verdict)
	require.Equal(t, "key-ignored", res.Verdict.Violations[0].Rule)
}

// TestANameThatNoAnswerHasIsNoName: it was a pass once.
func TestANameThatNoAnswerHasIsNoName(t *testing.T) {
	res := provenBy(t, func(*bench) {}, func(c *model.Contract) {
		charge := c.Operations["charge"]
		charge.Answer = model.AnswerType{Identity: "missing"}
		c.Operations["charge"] = charge
	})
	require.Equal(t, "operations.charge.answer.identity", res.Verdict.Mistakes[0].Line())
	require.Equal(t, "write identity: id", res.Verdict.Mistakes[0].Write)
}
