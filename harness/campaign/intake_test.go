package campaign

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestWhatTheServiceShowsIsNeverAnError: numbers and sizes that are not nice make a case unknown or
// invalid, and the run goes on.
func TestWhatTheServiceShowsIsNeverAnError(t *testing.T) {
	items := func(n int) string {
		return `{"items":[` + strings.Repeat(`{"id":1},`, n-1) + `{"id":1}]}`
	}
	for _, tt := range []struct {
		path, body string
		verdict    verdict.Result
	}{
		{"/accounts/", `{"balance":1e400}`, verdict.Unknown},
		{"/accounts/", `{"balance":` + strings.Repeat("7", 500_000) + `}`, verdict.Unknown},
		{"/book", `{"items":[{"amount":1e400,"id":"x"}]}`, verdict.Invalid},
		{"/book", items(1000), verdict.Invalid},
		{"/book", items(1001), verdict.Unknown},
		{"/book", strings.Repeat(" ", 1<<20), verdict.Unknown},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(stub.Contract(t), several(1)...)
			b.Answer = func(r *http.Request) *stub.Reply {
				if len(b.Seen()) == 0 || !strings.HasPrefix(r.URL.Path, tt.path) {
					return nil
				}
				return &stub.Reply{Status: 200, Body: tt.body}
			}
			_, v := b.once(t)
			require.Equal(t, tt.verdict, v.Verdict, "%v %v", v.Reasons, v.Violations)
			for _, reason := range v.Reasons {
				require.Less(t, len(reason), 1000)
			}
		})
	}
}
