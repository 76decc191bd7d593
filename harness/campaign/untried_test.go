package campaign

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// whatOf lists what was not tried.
func whatOf(v verdict.Verdict) []string {
	var out []string
	for _, u := range v.Untried {
		out = append(out, u.What)
	}
	return out
}

// TestAPassSaysWhatItDidNotTry, and nothing that it did.
func TestAPassSaysWhatItDidNotTry(t *testing.T) {
	const retention, tenant = "a repeat after the retention", "a second tenant"
	const failing, refusal = "an operation that fails by itself (5xx)", "a refused operation"
	const exists, state = "whether what an answer names exists", "the state that operations leave behind"
	always := []string{"a crash of the service", "whether replays notify again"}
	for _, tc := range []struct {
		name       string
		change     func(*model.Contract, *bench)
		not, tried []string
	}{
		{
			"little", func(*model.Contract, *bench) {},
			[]string{retention, tenant, failing, refusal},
			[]string{exists, state},
		},
		{"less", func(c *model.Contract, _ *bench) {
			op := c.Operations["charge"]
			op.Answer.Lookup, op.When, op.Then = "", "", nil
			c.Operations["charge"] = op
			account := c.Resources["account"]
			account.Read, account.State = nil, nil
			c.Resources["account"] = account
		}, []string{exists, state}, nil},
		{"retention", func(c *model.Contract, b *bench) {
			c.Promises.Retention = value.Duration(time.Second)
			b.Plan.Cases[0].Operations[0].Attempts = []model.PlannedAttempt{
				{}, {After: value.Duration(2 * time.Second)},
			}
		}, []string{tenant}, []string{retention}},
		{"failing once", func(_ *model.Contract, b *bench) {
			b.Plan.Cases[0].Operations[0].Attempts = []model.PlannedAttempt{{}, {}}
			b.Answer = failingOnce()
		}, []string{tenant, refusal}, []string{failing}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := stub.Contract(t)
				b := newBench(c, several(2)...)
				tc.change(c, b)
				res, err := Run(context.Background(), b.options())
				require.NoError(t, err)
				require.Equal(t, verdict.Valid, res.Verdict.Verdict, "%v", res.Verdict)
				require.Subset(t, whatOf(res.Verdict), append(always, tc.not...))
				for _, what := range tc.tried {
					require.NotContains(t, whatOf(res.Verdict), what)
				}
				for _, u := range res.Verdict.Untried {
					require.NotEmpty(t, u.Try, u.What)
				}
			})
		})
	}
}

// failingOnce answers the first attempt of each operation with 503.
func failingOnce() func(*http.Request) *stub.Reply {
	var met sync.Map
	return func(r *http.Request) *stub.Reply {
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			return nil
		}
		if _, again := met.LoadOrStore(key, true); again {
			return nil
		}
		return &stub.Reply{Status: 503}
	}
}

// TestWhatWasFoundIsNoPass: only a pass may be taken for more than it is.
func TestWhatWasFoundIsNoPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := Run(context.Background(), loud(t, 4, 1).options())
		require.NoError(t, err)
		require.Empty(t, res.Verdict.Untried)
	})
}
