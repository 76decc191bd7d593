package downstream_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples/downstream"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/taskpage"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestThePageOfDownstreams runs the contract of the page about downstreams, against the right service and
// one that gives the provider a fresh key for every attempt.
func TestThePageOfDownstreams(t *testing.T) {
	text, err := taskpage.Contract("../../docs/tasks/downstream.md")
	require.NoError(t, err)
	page, err := contract.Parse("downstream.md", text)
	require.NoError(t, err)
	for fresh, want := range map[bool]verdict.Result{false: verdict.Valid, true: verdict.Invalid} {
		service := harness.Handler(func(env *harness.Env) http.Handler {
			disk := harness.Keep(env, "disk", func() *downstream.Disk { return new(downstream.Disk) })
			return downstream.New(downstream.Options{
				Client: env.Downstream("provider", newProvider), Store: downstream.Open(disk, env.Alive),
				Point: env.Point, FreshKeys: fresh,
			})
		})
		got, err := harness.Try(t, harness.Suite{
			Contract: page, Scenarios: scenarios.Virtual(), Points: []string{"charged", "committed"},
		}, service)
		require.NoError(t, err)
		require.Equal(t, want, got.Verdict.Verdict, "%v %v", got.Verdict.Violations, got.Verdict.Reasons)
	}
}
