package forms_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	forms "github.com/idemcheck/idemcheck/examples/go-forms"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/taskpage"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// TestThePageOfForms runs the contract of the page about forms, against the right service and the wrong one.
func TestThePageOfForms(t *testing.T) {
	text, err := taskpage.Contract("../../docs/tasks/forms.md")
	require.NoError(t, err)
	page, err := contract.Parse("forms.md", text)
	require.NoError(t, err)
	for late, want := range map[bool]verdict.Result{false: verdict.Valid, true: verdict.Invalid} {
		house := harness.Handler(func(*harness.Env) http.Handler {
			return forms.New(forms.Options{
				Password: "let-me-in", Life: 50 * time.Millisecond, Work: 3 * time.Millisecond, Late: late,
			})
		})
		got, err := harness.Try(t, harness.Suite{Contract: page, Scenarios: scenarios.HTTP()}, house)
		require.NoError(t, err)
		require.Equal(t, want, got.Verdict.Verdict, "%v %v", got.Verdict.Violations, got.Verdict.Reasons)
	}
}
