package benchmark_test

import (
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

// BenchmarkVirtualTime measures how many seconds of outage pass in a second: every attempt that a
// fault acts on runs into a timeout of 2 s.
func BenchmarkVirtualTime(b *testing.B) {
	c := inMemory(b)
	c.Target.Timeout = value.Duration(2 * time.Second)
	plan := outage(b, c, 500)
	var rates []float64
	for b.Loop() {
		inTest(b, func(t *testing.T) {
			for range rounds {
				virtual, took := runVirtual(t, c, plan)
				rates = append(rates, virtual.Seconds()/took.Seconds())
			}
		})
	}
	f := figure{
		Name: "virtual seconds per second, attempts time out after 2 s", Ours: median(rates[:rounds]),
		Unit: "virtual-s/s", Goal: 20_000,
	}
	report(b, f)
	save(b, []figure{f})
}

// BenchmarkMixedInMemory measures cases per second of the scenario in which everything is mixed.
func BenchmarkMixedInMemory(b *testing.B) {
	c := inMemory(b)
	plan := mixed(b, c, 1500)
	var rates []float64
	for b.Loop() {
		inTest(b, func(t *testing.T) {
			for range rounds {
				_, took := runVirtual(t, c, plan)
				rates = append(rates, float64(len(plan.Cases))/took.Seconds())
			}
		})
	}
	f := figure{
		Name: "cases per second in memory, everything mixed", Ours: median(rates[:rounds]),
		Unit: "cases/s", Goal: 1000,
	}
	report(b, f)
	save(b, []figure{f})
}

// BenchmarkMemoryStaysFlat measures how much the heap grows from 10,000 to 100,000 cases of the
// whole catalogue.
func BenchmarkMemoryStaysFlat(b *testing.B) {
	const early, all, at = 10_000, 100_000, 2000
	c := inMemory(b)
	plan := drawIn(b, c, at, scenarios.HTTP(), "")
	var first, last float64
	for b.Loop() {
		inTest(b, func(t *testing.T) {
			for n := at; n <= all; n += at {
				runVirtual(t, c, plan)
				if n == early {
					first = heap()
				}
			}
			last = heap()
		})
	}
	f := figure{
		Name: "MB of heap after 100,000 cases, beside after 10,000", Ours: last, Peer: first,
		Ratio: last / first, Unit: "MB", Goal: 1,
	}
	report(b, f)
	save(b, []figure{f})
}

// heap is what is in use after a collection, in MB.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// inMemory reads the contract of the reference service for the memory world.
func inMemory(tb testing.TB) *model.Contract { return resolve(tb, "http://in.memory") }

// outage draws cases in which as many attempts time out as ever get a fault.
func outage(tb testing.TB, c *model.Contract, cases int) *model.Plan {
	return drawIn(tb, c, cases, []plan.Scenario{{
		Name: "outage", OneResource: true, Operations: plan.Range{Min: 5, Max: 5},
		FaultCount: plan.Range{Min: 40, Max: 40},
		Faults:     []fault.Kind{fault.RequestLost, fault.ResponseLost},
	}}, fault.BlackHole)
}

// mixed draws cases of the scenario in which everything is mixed.
func mixed(tb testing.TB, c *model.Contract, cases int) *model.Plan {
	all := scenarios.HTTP()
	i := slices.IndexFunc(all, func(s plan.Scenario) bool { return s.Name == "mixed-faults" })
	return drawIn(tb, c, cases, all[i:i+1], "")
}

// drawIn draws a plan and holds its faults to a mode, unless that is "".
func drawIn(
	tb testing.TB, c *model.Contract, cases int, from []plan.Scenario, mode fault.Mode,
) *model.Plan {
	tb.Helper()
	plan, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: from, Seed: 1, Cases: cases, Search: plan.Random,
	})
	require.NoError(tb, err)
	for _, one := range plan.Cases {
		for i := range one.Faults {
			if mode != "" {
				one.Faults[i].Mode = mode
			}
		}
	}
	return plan
}

// runVirtual runs a plan in memory and returns how much virtual time its cases took together, and
// how much real time that took. Every case must have been run and found valid.
func runVirtual(t *testing.T, c *model.Contract, plan *model.Plan) (virtual, took time.Duration) {
	target := harness.Handler(func(env *harness.Env) http.Handler {
		s, err := reference.New(reference.Options{
			Store: harness.Keep(env, "store", memory.New), Work: work,
		})
		if err != nil {
			panic(err)
		}
		return s
	})
	var passed passing
	begun := time.Now()
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: plan, Place: harness.Virtual(t, target),
		Limits:   campaign.Limits{KeepGoing: true, Parallel: runtime.GOMAXPROCS(0)},
		Observer: &passed,
	})
	took = time.Since(begun)
	require.NoError(t, err)
	require.Equal(t, verdict.Valid, result.Verdict.Verdict, "%v", result.Verdict.Reasons)
	require.Equal(t, len(plan.Cases), result.Verdict.Judged.Cases)
	return passed.total, took
}

// passing adds up how long histories took.
type passing struct {
	campaign.Unobserved
	mu    sync.Mutex
	total time.Duration // protected by mu
}

// Save implements [campaign.Observer].
func (p *passing) Save(h *model.History) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += h.Events[len(h.Events)-1].At
	return nil
}
