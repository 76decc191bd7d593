package downstream_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples/downstream"
	"github.com/idemcheck/idemcheck/examples/internal/rerun"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/scenarios"
)

// crashes kill the service at a moment while the provider is at work, or at a point of the code.
var crashes = harness.Scenario{
	Name:       "crashes",
	Reason:     "The process dies around the charge, a new one starts, and the client retries.",
	Faults:     []fault.Kind{fault.Crash},
	FaultCount: harness.Range{Min: 1, Max: 1},
}

func TestPaymentsAreRetrySafe(t *testing.T) {
	harness.Check(t, harness.Suite{
		Scenarios: append(scenarios.HTTP(), crashes),
		Points:    []string{"charged", "committed"},
	}, harness.Handler(func(env *harness.Env) http.Handler {
		disk := harness.Keep(env, "disk", func() *downstream.Disk { return new(downstream.Disk) })
		return downstream.New(downstream.Options{
			Client:    env.Downstream("provider", newProvider),
			Store:     downstream.Open(disk, env.Alive),
			Point:     env.Point,
			FreshKeys: os.Getenv("PAYMENTS_FRESH_KEYS") != "",
		})
	}))
}

func TestFreshKeysForTheProviderAreFound(t *testing.T) {
	out := rerun.Failing(t, "TestPaymentsAreRetrySafe", "PAYMENTS_FRESH_KEYS=1")
	require.Contains(t, out, "duplicate-effect")
	require.Contains(t, out, "killed")
}
