package benchmark_test

import (
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// catalogued is the plan of one seed over the whole catalogue, with as many attempts as the peer may
// make. It is the same for every bug.
func catalogued(tb testing.TB, seed, attempts int) *model.Plan {
	tb.Helper()
	catalogue := scenarios.HTTP()
	plan, err := plan.Draw(plan.Options{
		Contract: parse(tb), Scenarios: catalogue, Seed: uint64(seed), Cases: max(len(catalogue), attempts/2),
	})
	require.NoError(tb, err)
	planned := 0
	for i := range plan.Cases {
		if planned += plan.Cases[i].Attempts(); planned >= attempts {
			plan.Cases = plan.Cases[:i+1]
			break
		}
	}
	return plan
}

// countingWorld counts the attempts that are sent.
type countingWorld struct {
	chaos.World

	sent *atomic.Int64
}

// Open implements [chaos.World].
func (w countingWorld) Open(c chaos.NetOptions) chaos.Net {
	return countingNet{w.World.Open(c), w.sent}
}

type countingNet struct {
	chaos.Net

	sent *atomic.Int64
}

// Attempt implements [chaos.Net].
func (n countingNet) Attempt(ctx context.Context, a chaos.Attempt) chaos.Completion {
	n.sent.Add(1)
	return n.Net.Attempt(ctx, a)
}

// tally counts the attempts of a run of ours by run of a case.
type tally struct {
	campaign.Unobserved
	mu    sync.Mutex
	byRun map[ranCase]int // protected by mu
	// sent counts all attempts, those of the warm-up included; known is what it was when the first
	// violation was.
	sent, known atomic.Int64
}

// ranCase is one run of a case, by their numbers.
type ranCase struct{ index, run int }

// Save counts the attempts of a history: a case that had to be run again counts again. The history of
// the counterexample, which is saved once more at the end, does not.
func (y *tally) Save(h *model.History) error {
	n := 0
	for _, e := range h.Events {
		if e.Kind == model.Invoke {
			n++
		}
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if ran := (ranCase{h.Case, h.Run}); y.byRun[ran] == 0 {
		y.byRun[ran] = n
	}
	return nil
}

// Progress notes when a violation was seen.
func (y *tally) Progress(p campaign.Progress) {
	if p.Result == verdict.Invalid {
		y.known.CompareAndSwap(0, y.sent.Load())
	}
}

// Want begins no case after that.
func (y *tally) Want(model.Case) bool { return y.known.Load() == 0 }

// until adds up the attempts of the cases of a plan up to one, in its order.
func (y *tally) until(p *model.Plan, last int) int {
	sum := 0
	for ran, n := range y.byRun {
		if ran.index <= last {
			sum += n + chargesMade(&p.Cases[ran.index])
		}
	}
	return sum
}

// chargesMade counts the charges that are made before a case begins, to be refunded in it. The peer
// has to make an operation of each of them too.
func chargesMade(c *model.Case) (n int) {
	for _, r := range c.Resources {
		if r.Type == "charge" {
			n++
		}
	}
	return n
}

// countingTransport counts the same charges as they are sent.
type countingTransport struct {
	*http.Transport

	sent *atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (c countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.URL.Path == "/v1/charges" {
		c.sent.Add(1)
	}
	return c.Transport.RoundTrip(r)
}

// huntOurs runs a plan by the harness over the wire world, as a user gets it, but for shrinking, and
// counts its attempts until a violation. No case is begun after that.
func huntOurs(tb testing.TB, url string, plan *model.Plan) (hunt, error) {
	tb.Helper()
	inner, err := wire.New(wire.Options{URL: url})
	require.NoError(tb, err)
	defer inner.Close()
	direct := &http.Transport{MaxIdleConnsPerHost: 64}
	defer direct.CloseIdleConnections()
	own := *plan // a run may append to its plan
	own.Cases = slices.Clip(plan.Cases)
	counts := &tally{byRun: map[ranCase]int{}}
	result, err := campaign.Run(tb.Context(), campaign.Options{
		Contract: resolve(tb, url), Plan: &own,
		Place: execute.Site{
			World: countingWorld{inner, &counts.sent}, HTTP: countingTransport{direct, &counts.sent},
		},
		Limits: campaign.Limits{ShrinkBudget: -1}, Observer: counts,
	})
	if err != nil {
		return hunt{}, err
	}
	first, rule := firstInvalid(result)
	out := hunt{Found: rule != "", By: rule}
	out.Attempts, out.Sent = counts.until(result.Plan, first), int(counts.known.Load())
	return out, nil
}

// firstInvalid returns the first case in the order of the plan that broke a rule, and that rule; a
// number beyond all cases, and no rule, when there is none.
func firstInvalid(r *campaign.RunResult) (index int, rule string) {
	index = math.MaxInt
	for _, t := range r.Tallies {
		for _, v := range t.Violations {
			if v.Level == verdict.LevelViolation && v.Case < index {
				index, rule = v.Case, v.Rule
			}
		}
	}
	return index, rule
}
