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
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// hang is a way in which the service of a bench hangs.
type hang struct {
	name string
	// wrong forgets its keys now and then, and takes takes for an operation.
	wrong bool
	takes time.Duration
	// operations and others say when operations, and all other messages, are not answered; shrinks
	// says whether smaller cases are tried already.
	operations func(a chaos.Attempt, n int32) bool
	others     func(r *http.Request, n int32, shrinks bool) bool
}

// hangs are ways to hang. Messages and attempts are numbered from 1.
func hangs() []hang {
	from := func(first int32) func(chaos.Attempt, int32) bool {
		return func(_ chaos.Attempt, n int32) bool { return n >= first }
	}
	of := func(method string, first int32) func(*http.Request, int32, bool) bool {
		return func(r *http.Request, n int32, _ bool) bool { return r.Method == method && n >= first }
	}
	return []hang{
		{name: "operations", operations: from(9)},
		{name: "repeats", operations: func(a chaos.Attempt, _ int32) bool { return a.Number > 1 || a.Final }},
		{name: "long keys", operations: func(a chaos.Attempt, _ int32) bool { return len(a.Head) > 400 }},
		{name: "every third operation", operations: func(_ chaos.Attempt, n int32) bool { return n%3 == 0 }},
		{name: "readings", others: of(http.MethodGet, 20)},
		{name: "setup", others: of(http.MethodPost, 9)},
		{name: "operations of the warm-up", operations: from(1)},
		{name: "setup of the warm-up", others: of(http.MethodPost, 1)},
		{name: "readings of the warm-up", others: of(http.MethodGet, 1)},
		{
			name: "smaller cases", wrong: true,
			others: func(_ *http.Request, _ int32, shrinks bool) bool { return shrinks },
		},
		{
			name: "every third message, and wrong", wrong: true,
			others: func(_ *http.Request, n int32, _ bool) bool { return n > 30 && n%3 == 0 },
		},
		{name: "slow and wrong, but answers", wrong: true, takes: 90 * time.Millisecond},
	}
}

// hang makes the service of a bench hang.
func (b *bench) hang(h hang) {
	var attempts, messages atomic.Int32
	shrinks := b.began(Progress{Phase: "shrink"})
	if h.takes > 0 {
		b.taking(h.takes)
	}
	if h.wrong {
		b.forgetful()
	}
	b.World = silencing{b.World, func(a chaos.Attempt) bool {
		return h.operations != nil && h.operations(a, attempts.Add(1))
	}}
	b.HTTP = holding{b.HTTP, func(r *http.Request) bool {
		return h.others != nil && h.others(r, messages.Add(1), shrinks())
	}}
}

// silencing is a world in which some attempts are not answered.
type silencing struct {
	chaos.World
	hangs func(chaos.Attempt) bool
}

func (w silencing) Open(c chaos.NetOptions) chaos.Net { return silencedNet{w.World.Open(c), w.hangs} }

// silencedNet is the network of a case in it.
type silencedNet struct {
	chaos.Net
	hangs func(chaos.Attempt) bool
}

func (n silencedNet) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	if !n.hangs(a) {
		return n.Net.Attempt(ctx, a)
	}
	_ = sleep.For(ctx, a.Timeout)
	return chaos.Completion{Err: "timeout"}
}

// holding answers some messages never.
type holding struct {
	http.RoundTripper
	hangs func(*http.Request) bool
}

func (h holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if !h.hangs(r) {
		return h.RoundTripper.RoundTrip(r)
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestNoRunExceedsItsBudget by more than a tenth and one recovery bound, whatever hangs. Time is
// virtual, so that the promise itself is asked for.
func TestNoRunExceedsItsBudget(t *testing.T) {
	for _, h := range hangs() {
		t.Run(h.name, func(t *testing.T) {
			for _, budget := range []time.Duration{time.Second, 10 * time.Second} {
				for _, recovery := range []time.Duration{200 * time.Millisecond, 2 * time.Second} {
					synctest.Test(t, func(t *testing.T) { h.spend(t, budget, recovery) })
				}
			}
		})
	}
}

// spend runs a plan against a service that hangs, within a budget.
func (h hang) spend(t *testing.T, budget, recovery time.Duration) {
	t.Helper()
	c := stub.Contract(t, func(c *model.Contract) {
		c.Promises.Recovery, c.Key.MaxLength = value.Duration(recovery), 0
	})
	cases := append([]model.Case{stub.Crowded()}, several(100)...)
	cases[1].Operations[0].Key.Style = model.KeyLong
	b := newBench(c, cases...)
	b.Budget, b.Parallel = budget, 4
	b.hang(h)
	begun := time.Now()
	res, err := Run(t.Context(), b.options())
	took := time.Since(begun)
	require.LessOrEqual(t, took, budget+budget/10+recovery, "budget %v, recovery %v", budget, recovery)
	if err != nil {
		require.ErrorIs(t, err, trial.ErrUnreachable)
		return
	}
	t.Logf("budget %v, recovery %v: took %v, %s", budget, recovery, took, res.Verdict.Verdict)
}
