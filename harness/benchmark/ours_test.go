package benchmark_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
)

// work is how long the reference service takes for one charge.
const work = 2 * time.Millisecond

// serve starts a reference service with a store in memory. It is the caller's to close.
func serve(tb testing.TB) *httptest.Server {
	tb.Helper()
	service, err := reference.New(reference.Options{Work: work})
	require.NoError(tb, err)
	return httptest.NewServer(service)
}

// runOurs runs a plan by the harness over the wire world, as a user gets it, and returns how long
// that took, the warm-up included. Every case must have been run and found valid, so that nothing
// is fast because it did nothing.
func runOurs(tb testing.TB, plan *model.Plan) time.Duration {
	tb.Helper()
	service := serve(tb)
	defer service.Close()
	world, err := wire.New(wire.Options{URL: service.URL})
	require.NoError(tb, err)
	defer world.Close()
	direct := &http.Transport{MaxIdleConnsPerHost: 64}
	defer direct.CloseIdleConnections()
	options := campaign.Options{
		Contract: resolve(tb, service.URL), Place: execute.Site{World: world, HTTP: direct},
		Plan: plan, Limits: campaign.Limits{KeepGoing: true},
	}
	begun := time.Now()
	result, err := campaign.Run(tb.Context(), options)
	elapsed := time.Since(begun)
	require.NoError(tb, err)
	require.Equal(tb, verdict.Valid, result.Verdict.Verdict, "%v %v",
		result.Verdict.Reasons, result.Verdict.Violations)
	require.Equal(tb, len(plan.Cases), result.Verdict.Judged.Cases)
	return elapsed
}
