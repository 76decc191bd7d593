package harness

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

// beside is a case of operations of one client each, with these keys and marks.
func beside(names ...[2]string) model.Case {
	c := charging([]model.PlannedAttempt{{}})
	first := c.Operations[0]
	c.Operations = nil
	for i, name := range names {
		op := first
		op.ID, op.Client, op.Key.Name, op.Mark = operationID(i), i, name[0], name[1]
		if name[0] == "" {
			op.Key.Style = model.KeyMissing
		}
		c.Operations = append(c.Operations, op)
	}
	return c
}

// overlaps runs a case whose attempts take 10ms each, and returns which operations had a final
// attempt under way while another one began.
func overlaps(t *testing.T, b *bench) (met map[string]bool, order []string) {
	t.Helper()
	var mu sync.Mutex
	met, under := map[string]bool{}, map[string]bool{}
	b.world.carry = func(ctx context.Context, a chaos.Attempt) chaos.Outcome {
		if !a.Final {
			return chaos.Outcome{Err: "timeout"}
		}
		mu.Lock()
		for other := range under {
			met[other+a.Operation] = true
		}
		under[a.Operation] = true
		order = append(order, a.Operation)
		mu.Unlock()
		_ = sleep(ctx, 10*time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		delete(under, a.Operation)
		return chaos.Outcome{Answer: &model.Answer{Status: 201}}
	}
	_, _ = b.once(t)
	return met, order
}

func TestFinalRetriesOfOneKeyFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t),
			beside([2]string{"k1", "m1"}, [2]string{"k2", "m2"}, [2]string{"k1", "m3"}))
		met, order := overlaps(t, b)
		require.True(t, met["ab"] && met["ba"], "a and b have nothing in common")
		require.False(t, met["ac"] || met["ca"], "a and c carry one key")
		require.Equal(t, []string{"a", "b", "a", "b", "c", "c"}, order)
	})
}

func TestOperationsThatLookAlike(t *testing.T) {
	required := true
	for _, tt := range []struct {
		name     string
		header   string
		a, b     [2]string
		amount   int64
		together bool
	}{
		{"one key", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"k", "n"}, 5, true},
		{"two keys", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"l", "n"}, 5, false},
		{"two keys and one mark", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"l", "m"}, 5, false},
		{"no key and one mark", "Idempotency-Key", [2]string{"", "m"}, [2]string{"", "m"}, 6, true},
		{"no key and two marks", "Idempotency-Key", [2]string{"", "m"}, [2]string{"", "n"}, 5, false},
		{"a key beside none, one mark", "Idempotency-Key", [2]string{"k", "m"}, [2]string{"", "m"}, 5, true},
		{"a contract without keys, one mark", "", [2]string{"k", "m"}, [2]string{"l", "m"}, 6, true},
		{"a contract without keys", "", [2]string{"k", "m"}, [2]string{"l", "n"}, 5, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := stubContract(t, func(c *model.Contract) {
				c.Key.Header, c.Key.Required = tt.header, &required
			})
			one := beside(tt.a, tt.b)
			one.Operations[1].Args = map[string]any{"account": "account-1", "amount": tt.amount}
			b := newBench(c, one)
			r, err := newRunner(b.Options)
			require.NoError(t, err)
			bound, err := r.bind(t.Context(), Site{World: b.world, HTTP: b.HTTP}, &b.Plan.Cases[0])
			require.NoError(t, err)
			want := [][]int{{0}, {1}}
			if tt.together {
				want = [][]int{{0, 1}}
			}
			require.Equal(t, want, (&driver{binding: bound}).alike())
		})
	}
}
