package middleware_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples/internal/rerun"
	"github.com/idemcheck/idemcheck/examples/middleware"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestGiftCardsAreRetrySafe(t *testing.T) {
	harness.Check(t, harness.Suite{Scenarios: scenarios.HTTP()},
		harness.Handler(func(*harness.Env) http.Handler {
			return middleware.Once(store())(middleware.NewShop().Handler())
		}))
}

// store is the right one, unless the test below asks for the wrong one.
func store() middleware.Store {
	if os.Getenv("GIFT_CARDS_LOOK_FIRST") != "" {
		return middleware.LookFirst{Memory: middleware.NewMemory()}
	}
	return middleware.NewMemory()
}

func TestAStoreThatClaimsNothingIsFound(t *testing.T) {
	out := rerun.Failing(t, "TestGiftCardsAreRetrySafe", "GIFT_CARDS_LOOK_FIRST=1")
	require.Contains(t, out, "duplicate-effect")
	require.Contains(t, out, "counterexample")
}
