package worlds_test

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/scenarios"
)

// work is how long the reference service takes for one charge.
const work = 2 * time.Millisecond

// resolved reads the contract of the reference service for a URL.
func resolved(tb testing.TB, url string) *model.Contract {
	tb.Helper()
	return resolvedFor(tb, "", url)
}

// resolvedFor reads the contract of a variant of the reference service.
func resolvedFor(tb testing.TB, variant, url string) *model.Contract {
	tb.Helper()
	text, err := examples.Contract(variant)
	require.NoError(tb, err)
	c, err := contract.Parse("reference.yaml", text)
	require.NoError(tb, err)
	c.Target.URL = url
	c.Target.MaxRate = 1_000_000
	c, err = contract.Resolve(c, os.LookupEnv)
	require.NoError(tb, err)
	return c
}

// target is the reference service over a store in memory, with a seeded bug or none ("").
func target(bug string, work time.Duration) harness.Target {
	return options(reference.Options{Work: work, Bug: bug})
}

// options makes a target of a reference service.
func options(o reference.Options) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		o := o
		o.Store = store.Fence(harness.Keep(env, "store", memory.New), env.Alive)
		o.Point = env.Point
		service, err := reference.New(o)
		if err != nil {
			panic(err)
		}
		return service
	})
}

// draw draws a plan over what an HTTP endpoint alone can get wrong.
func draw(tb testing.TB, c *model.Contract, seed uint64, cases int) *model.Plan {
	tb.Helper()
	return drawFrom(tb, plan.Options{
		Contract: c, Scenarios: scenarios.HTTP(), Seed: seed, Cases: cases,
	})
}

// drawVirtual draws a plan over the whole catalogue, with the points of the reference service.
func drawVirtual(tb testing.TB, c *model.Contract, seed uint64, cases int) *model.Plan {
	tb.Helper()
	return drawFrom(tb, plan.Options{
		Contract: c, Scenarios: scenarios.Virtual(), Seed: seed, Cases: cases,
		Points: reference.Points(),
	})
}

func drawFrom(tb testing.TB, o plan.Options) *model.Plan {
	tb.Helper()
	plan, err := plan.Draw(o)
	require.NoError(tb, err)
	return plan
}

// saving gives a run's histories to a function.
type saving struct {
	campaign.Unobserved
	to func(*model.History) error
}

func (s saving) Save(h *model.History) error { return s.to(h) }

// judgementOf keeps of a verdict what the worlds must agree about.
func judgementOf(v verdict.Verdict) judgement {
	out := judgement{verdict: v.Verdict}
	for _, found := range v.Violations {
		if v.Verdict == verdict.Invalid && !slices.Contains(out.rules, found.Rule) {
			out.rules = append(out.rules, found.Rule)
		}
	}
	return out
}
