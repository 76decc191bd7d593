package forms_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	forms "github.com/idemcheck/idemcheck/examples/go-forms"
	"github.com/idemcheck/idemcheck/examples/internal/rerun"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestTwoClicksAreOneBooking lets sessions end in the midst of the work.
func TestTwoClicksAreOneBooking(t *testing.T) {
	harness.Check(t, harness.Suite{Scenarios: scenarios.HTTP()},
		harness.Handler(func(*harness.Env) http.Handler {
			return forms.New(forms.Options{
				Password: "let-me-in", Life: 50 * time.Millisecond, Work: 3 * time.Millisecond,
				Late: os.Getenv("HOUSE_LATE") != "",
			})
		}))
}

func TestAPageThatIsRememberedLateIsFound(t *testing.T) {
	out := rerun.Failing(t, "TestTwoClicksAreOneBooking", "HOUSE_LATE=1")
	require.Contains(t, out, "duplicate-effect")
	require.NotContains(t, out, "let-me-in")
}
