package gopterprop_test

import (
	"net/http"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/gopterprop"
	"github.com/idemcheck/idemcheck/harness/internal/shop"
	"github.com/idemcheck/idemcheck/harness/plan/property"
	"github.com/idemcheck/idemcheck/scenarios"
)

func suite(t *testing.T) harness.Suite {
	t.Helper()
	return harness.Suite{Contract: shop.Contract(t), Scenarios: scenarios.HTTP()}
}

func TestHonestServiceHasTheProperty(t *testing.T) {
	properties := gopter.NewProperties(gopter.DefaultTestParametersWithSeed(7))
	properties.Property("payments are retry-safe",
		gopterprop.Property(t, suite(t), shop.Target(shop.Honest)))
	properties.Property("another property", prop.ForAll(func(n int) bool { return n == n+0 }, gen.Int()))
	properties.TestingRun(t)
}

func TestGopterShrinksToOneRule(t *testing.T) {
	p := gopterprop.Property(t, suite(t), shop.Target(shop.Forgetful))
	parameters := gopter.DefaultTestParametersWithSeed(7)
	parameters.Workers = 2
	result := p.Check(parameters)
	require.Equal(t, gopter.TestFailed, result.Status)
	require.Contains(t, result.Labels[0], "idemcheck: a retry does harm: ")
	require.Contains(t, result.Labels[1], "INVALID")
	drawn, ok := result.Args[0].Arg.(property.Drawn)
	require.True(t, ok)
	require.Len(t, drawn.Operations, 1, "one operation is enough: %s", drawn)
	require.LessOrEqual(t, len(drawn.Faults), 1, "so is one fault: %s", drawn)
	require.Equal(t, drawn.String(), result.Args[0].ArgFormatted)
}

func TestWhatCannotRunIsAnError(t *testing.T) {
	broken := harness.Handler(func(*harness.Env) http.Handler { return nil })
	result := gopterprop.Property(t, suite(t), broken).Check(gopter.DefaultTestParameters())
	require.Equal(t, gopter.TestError, result.Status)
	require.ErrorContains(t, result.Error, "the constructor returned no handler")

	result = gopterprop.Property(t, harness.Suite{Contract: shop.Contract(t)}, broken).
		Check(gopter.DefaultTestParameters())
	require.Equal(t, gopter.TestError, result.Status)
	require.ErrorContains(t, result.Error, "scenarios.HTTP()")
}
