package rapidprop_test

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/internal/shop"
	"github.com/idemcheck/idemcheck/harness/rapidprop"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestHonestServiceHasTheProperty(t *testing.T) {
	property := rapidprop.Property(t, suite(t), shop.Target(shop.Honest))
	rapid.Check(t, property)
	t.Run("inside another property", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			if rapid.Bool().Draw(rt, "otherwise") {
				property(rt)
			}
		})
	})
}

func suite(t *testing.T) harness.Suite {
	t.Helper()
	return harness.Suite{Contract: shop.Contract(t), Scenarios: scenarios.HTTP()}
}

// TestForgetful checks an honest shop, and a forgetful one when the test below runs it.
func TestForgetful(t *testing.T) {
	kind := shop.Honest
	if os.Getenv("IDEMCHECK_INNER") != "" {
		kind = shop.Forgetful
	}
	rapid.Check(t, rapidprop.Property(t, suite(t), shop.Target(kind)))
}

func TestRapidShrinksToOneRule(t *testing.T) {
	require.NotNil(t, flag.Lookup("rapid.checks"))
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestForgetful$", "-rapid.seed=7")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "IDEMCHECK_INNER=1")
	all, err := cmd.CombinedOutput()
	require.Error(t, err)
	out := string(all)
	require.Contains(t, out, "idemcheck: a retry does harm: ")
	require.NotContains(t, out, "flaky")
	_, rest, _ := strings.Cut(out, "draw case: ")
	drawn, _, _ := strings.Cut(rest, "\n")
	require.Equal(t, 1, strings.Count(drawn, "pay ×"), "one operation is enough: %s", drawn)
	require.LessOrEqual(t, strings.Count(drawn, " at "), 1, "so is one fault: %s", drawn)
}
