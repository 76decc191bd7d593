package replicas

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/result"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
	"github.com/idemcheck/idemcheck/scenarios"
)

// tried are the scenarios of these tests.
func tried(t *testing.T) []harness.Scenario {
	t.Helper()
	list, err := scenarios.Named([]string{"no-fault-repeat", "lost-answers", "concurrent-duplicates"})
	require.NoError(t, err)
	return list
}

func readContract(t *testing.T) *model.Contract {
	t.Helper()
	c, err := contract.Parse("idemcheck.yaml", []byte(promised))
	require.NoError(t, err)
	return c
}

// TestReplicasInMemory: what replicas keep for themselves is found, with the replicas that it needs.
func TestReplicasInMemory(t *testing.T) {
	for shares, rule := range broken() {
		for seed := range uint64(3) {
			opened := func() *books { return &books{work: 2 * time.Millisecond} }
			instance := func(env *harness.Env) http.Handler {
				return newReplica(harness.Keep(env, "books", opened), shares)
			}
			suite := harness.Suite{
				Contract: readContract(t), Scenarios: tried(t), Cases: 24, Seed: seed + 1,
			}
			alone, err := harness.Try(t, suite, harness.Handler(instance))
			require.NoError(t, err)
			require.Equal(t, verdict.Valid, alone.Verdict.Verdict, "one replica knows its keys: %v", alone.Verdict)

			both, err := harness.Try(t, suite, harness.Handler(instance, instance))
			require.NoError(t, err)
			if isFound(t, both, rule); rule != "" {
				require.Len(t, both.Found.Case.Operations, 1)
			}
			if rule == "key-ignored" {
				require.Empty(t, both.Found.Case.Faults, "no fault is needed")
			}
		}
	}
}

// TestReplicasOverTCP: the same with two servers.
func TestReplicasOverTCP(t *testing.T) {
	for shares, rule := range broken() {
		one := &books{work: 20 * time.Millisecond}
		first := httptest.NewServer(newReplica(one, shares))
		defer first.Close()
		second := httptest.NewServer(newReplica(one, shares))
		defer second.Close()
		c := readContract(t)
		c.Target.URL, c.Target.Replicas = first.URL, []string{second.URL}
		drawn, err := plan.Draw(plan.Options{Contract: c, Scenarios: tried(t), Seed: 1, Cases: 36})
		require.NoError(t, err)
		world, err := wire.New(wire.Options{URL: first.URL, Replicas: c.Target.Replicas})
		require.NoError(t, err)
		defer world.Close()
		direct := &http.Transport{MaxIdleConnsPerHost: 64}
		defer direct.CloseIdleConnections()
		r, err := campaign.Run(context.WithoutCancel(t.Context()), campaign.Options{
			Contract: c, Plan: drawn, Place: execute.Site{World: world, HTTP: direct},
			Limits: campaign.Limits{Parallel: 8},
		})
		require.NoError(t, err)
		if isFound(t, r, rule); rule != "" {
			named(t, r, c)
		}
	}
}

// broken are the rules that replicas break by what they share; "" where they break none.
func broken() map[sharing]string {
	return map[sharing]string{
		everything: "", keysAlone: "duplicate-effect", nothing: "key-ignored",
	}
}

// isFound asks for a second execution, in a smallest case whose attempts go to different replicas.
func isFound(t *testing.T, r *campaign.RunResult, rule string) {
	t.Helper()
	if rule == "" {
		require.Equal(t, verdict.Valid, r.Verdict.Verdict, "%v", r.Verdict)
		return
	}
	require.Equal(t, verdict.Invalid, r.Verdict.Verdict, "%s: %v", rule, r.Verdict.Reasons)
	require.NotNil(t, r.Found)
	require.Equal(t, rule, r.Found.Violation.Rule)
	require.Equal(t, 2, r.Found.Case.Replicas(), "one replica does it right")
	went := map[int]bool{}
	for _, e := range r.Found.History.Events {
		if e.Kind == model.Invoke {
			went[e.Replica] = true
		}
	}
	require.Len(t, went, 2)
}

// named asks that the report and the script say which replica each attempt went to.
func named(t *testing.T, r *campaign.RunResult, c *model.Contract) {
	t.Helper()
	doc := result.Document(r, c, c.Target.URL)
	var text, script strings.Builder
	require.NoError(t, reports.Text(&text, doc, reports.TextOptions{}))
	require.Contains(t, text.String(), "@1  replica 1, "+c.Target.Replicas[0])
	require.Regexp(t, `a\.\d+ @1 ─`, text.String())
	require.NoError(t, reports.Curl(&script, doc))
	require.Contains(t, script.String(), "base1=${BASE1:-"+c.Target.Replicas[0]+"}")
	require.Regexp(t, `(?m)^\(base=\$base1; send_\w+ \w+\.\d`, script.String())
}

// TestAttemptsAreSpread: over replicas in about half of the cases, and always the same.
func TestAttemptsAreSpread(t *testing.T) {
	c := readContract(t)
	draw := func() *model.Plan {
		out, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: scenarios.HTTP(), Seed: 7, Cases: 400, Search: plan.Random,
		})
		require.NoError(t, err)
		return out
	}
	alone := draw()
	c.Target.Replicas = []string{"http://127.0.0.1:2", "http://127.0.0.1:3"}
	spread := draw()
	require.Equal(t, spread, draw())
	cases, to := 0, map[int]int{}
	for i := range spread.Cases {
		one := &spread.Cases[i]
		if one.Replicas() > 1 {
			cases++
		}
		for k := range one.Operations {
			attempts := one.Operations[k].Attempts
			elsewhere := slices.ContainsFunc(attempts, func(a model.PlannedAttempt) bool { return a.Replica > 0 })
			require.Equal(t, one.Replicas() > 1, elsewhere, "all operations of a case, or none")
			for n := range attempts {
				to[attempts[n].Replica]++
				attempts[n].Replica = 0
			}
		}
	}
	require.InDelta(t, 200, cases, 40)
	require.InDelta(t, 1, float64(to[1])/float64(to[2]), 0.25)
	require.Equal(t, alone.Cases, spread.Cases, "nothing else is drawn differently")
}
