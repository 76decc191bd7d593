package campaign

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// bench is a stub behind a fake world, and options to run it with.
type bench struct {
	*stub.Service
	world *stub.World
	Options
}

// newBench sets a bench up for a plan of some cases.
func newBench(c *model.Contract, cases ...model.Case) *bench {
	s := stub.New()
	w := &stub.World{Service: s, Begun: time.Now()}
	for i := range cases {
		cases[i].Index = i
	}
	return &bench{s, w, Options{
		Contract: c, World: w, HTTP: stub.Direct{Handler: s}, Plan: &model.Plan{Cases: cases},
	}}
}

// once runs the first case of the plan once.
func (b *bench) once(t testing.TB) (*model.History, model.Verdict) {
	t.Helper()
	r, err := newRunner(b.Options)
	require.NoError(t, err)
	o := r.runCase(context.Background(), b.Plan.Cases[0], execute.Repetition{Number: 1, Try: 1})
	return o.history, o.verdict
}

// several is n cases of one charge with one attempt.
func several(n int) []model.Case {
	out := make([]model.Case, n)
	for i := range out {
		out[i] = stub.Charging([]model.PlannedAttempt{{}})
	}
	return out
}

// taking makes every attempt of a bench take some time.
func (b *bench) taking(d time.Duration) {
	b.Answer = func(r *http.Request) *stub.Reply {
		if r.Header.Get("Idempotency-Key") != "" && r.URL.Path == "/charges" {
			_ = sleep.For(context.Background(), d)
		}
		return nil
	}
}
