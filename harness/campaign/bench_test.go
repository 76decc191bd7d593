package campaign

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// bench is a stub behind a fake world, and what it is run with.
type bench struct {
	*stub.Payments
	world    *stub.World
	Contract *model.Contract
	Secrets  []string
	Plan     *model.Plan
	// World and HTTP are a site in real time; Lend, when set, lends sites in virtual time instead.
	World chaos.World
	HTTP  http.RoundTripper
	Lend  func(body func(execute.Site) error) error
	Limits
	hooks
}

// hooks are told what a run does; nil ones hear nothing.
type hooks struct {
	Save     func(*model.History) error
	Grow     func(*model.Plan) error
	Progress func(Progress)
	Judged   func(model.Case, verdict.Verdict)
}

// options puts together what the bench is run with.
func (b *bench) options() Options {
	o := Options{
		Contract: b.Contract, Secrets: b.Secrets, Plan: b.Plan, Limits: b.Limits,
		Place: execute.Site{World: b.World, HTTP: b.HTTP}, Observer: hooked{hooks: &b.hooks},
	}
	if b.Lend != nil {
		o.Place = lending(b.Lend)
	}
	return o
}

// lending is a place in virtual time.
type lending func(body func(execute.Site) error) error

func (l lending) Lend(body func(execute.Site) error) error { return l(body) }

func (lending) Virtual() bool { return true }

// hooked tells hooks.
type hooked struct {
	Unobserved
	hooks *hooks
}

func (h hooked) Save(history *model.History) error {
	if h.hooks.Save == nil {
		return nil
	}
	return h.hooks.Save(history)
}

func (h hooked) Grow(p *model.Plan) error {
	if h.hooks.Grow == nil {
		return nil
	}
	return h.hooks.Grow(p)
}

func (h hooked) Progress(now Progress) {
	if h.hooks.Progress != nil {
		h.hooks.Progress(now)
	}
}

func (h hooked) Judged(c model.Case, v verdict.Verdict) {
	if h.hooks.Judged != nil {
		h.hooks.Judged(c, v)
	}
}

// newBench sets a bench up for a plan of some cases.
func newBench(c *model.Contract, cases ...model.Case) *bench {
	s := stub.New()
	w := &stub.World{Service: s, Begun: time.Now()}
	for i := range cases {
		cases[i].Index = i
	}
	return &bench{
		Payments: s, world: w, Contract: c, World: w, HTTP: stub.Direct{Handler: s},
		Plan: &model.Plan{Cases: cases},
	}
}

// once runs the first case of the plan once, and no new key beside it.
func (b *bench) once(t testing.TB) (*model.History, verdict.Verdict) {
	t.Helper()
	r := b.runner(t)
	r.Exec.Anew = nil
	o := r.Run(context.Background(), b.Plan.Cases[0], execute.Repetition{Number: 1, Try: 1})
	return o.History, o.Verdict
}

// runner is what runs the bench's cases, as a run does.
func (b *bench) runner(t testing.TB) *trial.Runner { return b.prepared(t).runner }

// prepared is a run before its first case.
func (b *bench) prepared(t testing.TB) *prepared {
	t.Helper()
	p, err := prepare(b.options())
	require.NoError(t, err)
	return p
}

// sweep runs all cases of the bench's plan, without a warm-up.
func (b *bench) sweep(ctx context.Context, t testing.TB) *sweep {
	t.Helper()
	p := b.prepared(t)
	s := newSweep(p.runner, p.Options, p.begun)
	s.runOpen(ctx)
	return s
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
