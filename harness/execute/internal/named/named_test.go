package named_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute/internal/named"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/trace"
)

const bare = "POST / HTTP/1.1\r\n\r\n"

// names are those of a case in a run, whose contract sets some headers.
func names(headers map[string]string) named.Names {
	return named.Names{Run: "r1", Seed: 3, Case: 7, Nonce: "nonce"}.Under(&model.Contract{
		Target: model.TargetSettings{Headers: headers},
	})
}

func TestEveryAttemptHasNamesOfItsOwn(t *testing.T) {
	n := names(nil)
	one, two := string(n.Attempt([]byte(bare), "a", 1, nil)), string(n.Attempt([]byte(bare), "a", 2, nil))
	require.NotEqual(t, one, two)
	require.Equal(t, one, string(n.Attempt([]byte(bare), "a", 1, nil)), "nothing is rolled")
	require.Len(t, two, len(one))
	id := n.Trace("a", nil)
	require.Equal(t, "POST / HTTP/1.1\r\nTraceparent: "+trace.Parent(id, 2)+
		"\r\nX-Idemcheck-Run: r1\r\nX-Idemcheck-Case: 7\r\nX-Idemcheck-Attempt: a.2\r\n\r\n", two)
	require.True(t, strings.HasPrefix(one, "POST / HTTP/1.1\r\nTraceparent: "+trace.Parent(id, 1)))
}

func TestNoTwoOperationsShareATrace(t *testing.T) {
	seen := map[string]named.Names{}
	for _, n := range []named.Names{
		{Run: "r1", Seed: 3, Case: 7, Nonce: "n"},
		{Run: "r2", Seed: 3, Case: 7, Nonce: "n"},
		{Run: "r1", Seed: 4, Case: 7, Nonce: "n"},
		{Run: "r1", Seed: 3, Case: 8, Nonce: "n"},
		{Run: "r1", Seed: 3, Case: 7, Nonce: "m"},
	} {
		for _, operation := range []string{"a", "b"} {
			id := n.Trace(operation, nil)
			require.NotContains(t, seen, id, "%v", n)
			seen[id] = n
		}
	}
}

func TestNobodysHeaderIsSetTwice(t *testing.T) {
	n := names(map[string]string{"traceparent": "mine"})
	head := string(n.Attempt([]byte(bare), "a", 1, map[string]string{"x-idemcheck-run": "mine"}))
	require.Equal(t, "POST / HTTP/1.1\r\nX-Idemcheck-Case: 7\r\nX-Idemcheck-Attempt: a.1\r\n\r\n", head)
	require.Empty(t, n.Trace("a", nil), "the service is told another trace")
	require.Empty(t, names(nil).Trace("a", map[string]string{"Traceparent": "mine"}))
	mine := map[string]string{"TraceParent": "mine"}
	for _, c := range []model.Contract{
		{Session: &exchange.SignIn{Headers: mine}},
		{Tenants: map[string]model.Tenant{"alpha": {Headers: mine}}},
		{Tenants: map[string]model.Tenant{"alpha": {Session: &exchange.SignIn{Headers: mine}}}},
	} {
		require.Empty(t, named.Names{Run: "r1"}.Under(&c).Trace("a", nil))
	}
}

func TestNoNamesLeaveEverythingAsItIs(t *testing.T) {
	off := false
	none := named.Names{Run: "r1"}.Under(&model.Contract{Target: model.TargetSettings{RunHeaders: &off}})
	require.Equal(t, bare, string(none.Attempt([]byte(bare), "a", 1, nil)))
	require.Equal(t, http.DefaultTransport, none.Plain(http.DefaultTransport))
	require.Empty(t, none.Trace("a", nil))
}

func TestPlainMessagesHaveTheNamesOfRunAndCase(t *testing.T) {
	var got http.Header
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header
	}))
	defer service.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, service.URL, http.NoBody)
	require.NoError(t, err)
	r.Header.Set("X-Idemcheck-Case", "mine")
	resp, err := names(nil).Plain(http.DefaultTransport).RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "r1", got.Get("X-Idemcheck-Run"))
	require.Equal(t, "mine", got.Get("X-Idemcheck-Case"))
	require.Empty(t, got.Get("X-Idemcheck-Attempt"))
	require.Empty(t, r.Header.Get("X-Idemcheck-Run"), "a caller's request is not changed")
}
