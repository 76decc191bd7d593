// Package both runs a plan against a small service in memory and over TCP, for the tests of the
// rooms beside it.
package both

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Check looks at the result of one run.
type Check func(t *testing.T, r *campaign.RunResult)

// Worlds runs a plan in virtual time against a service for each case, and over TCP against one
// service for all. The options lack a place; each result goes to the check.
func Worlds[H http.Handler](t *testing.T, o campaign.Options, service func() H, check Check) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		o := o
		each := func(*harness.Env) http.Handler { return service() }
		o.Place = harness.Virtual(t, harness.Handler(each))
		check(t, run(t, o))
	})
	t.Run("wire", func(t *testing.T) {
		server := httptest.NewServer(service())
		defer server.Close()
		world, err := wire.New(wire.Options{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		defer world.Close()
		direct := &http.Transport{MaxIdleConnsPerHost: 64}
		defer direct.CloseIdleConnections()
		o, there := o, *o.Contract
		there.Target.URL = server.URL
		o.Contract, o.Limits.Parallel = &there, 8
		o.Place = execute.Site{World: world, HTTP: direct}
		check(t, run(t, o))
	})
}

func run(t *testing.T, o campaign.Options) *campaign.RunResult {
	t.Helper()
	r, err := campaign.Run(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// IsValid demands a valid verdict on a run that saw effects.
func IsValid(t *testing.T, r *campaign.RunResult) {
	t.Helper()
	v := r.Verdict
	if v.Verdict != verdict.Valid || v.Judged.Effects == 0 {
		t.Errorf("%s on %d effects: %v %v", v.Verdict, v.Judged.Effects, v.Reasons, v.Violations)
	}
}

// Breaks demands that a rule is broken.
func Breaks(rule string) Check {
	return func(t *testing.T, r *campaign.RunResult) {
		t.Helper()
		v := r.Verdict
		isIt := func(found verdict.Violation) bool { return found.Rule == rule }
		if v.Verdict != verdict.Invalid || !slices.ContainsFunc(v.Violations, isIt) {
			t.Errorf("%s without a violation of %s: %v %v", v.Verdict, rule, v.Reasons, v.Violations)
		}
	}
}
