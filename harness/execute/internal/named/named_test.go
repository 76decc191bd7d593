package named_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/execute/internal/named"
)

const bare = "POST / HTTP/1.1\r\n\r\n"

func TestEveryAttemptHasNamesOfItsOwn(t *testing.T) {
	n := named.New("r1", "7", "nonce")
	one, two := string(n.Attempt([]byte(bare), "a", 1, nil)), string(n.Attempt([]byte(bare), "a", 2, nil))
	require.NotEqual(t, one, two)
	require.Equal(t, one, string(n.Attempt([]byte(bare), "a", 1, nil)), "nothing is rolled")
	trace := len("POST / HTTP/1.1\r\nTraceparent: 00-") + 32
	require.Equal(t, one[:trace], two[:trace], "one operation is one trace")
	require.Len(t, two, len(one))
	require.Contains(t, one, "-01\r\n")
	require.True(t, strings.HasSuffix(two,
		"\r\nX-Idemcheck-Run: r1\r\nX-Idemcheck-Case: 7\r\nX-Idemcheck-Attempt: a.2\r\n\r\n"), two)
}

func TestNobodysHeaderIsSetTwice(t *testing.T) {
	n := named.New("r1", "7", "nonce", map[string]string{"traceparent": "mine"})
	head := string(n.Attempt([]byte(bare), "a", 1, map[string]string{"x-idemcheck-run": "mine"}))
	require.Equal(t, "POST / HTTP/1.1\r\nX-Idemcheck-Case: 7\r\nX-Idemcheck-Attempt: a.1\r\n\r\n", head)
}

func TestNoNamesLeaveEverythingAsItIs(t *testing.T) {
	var none named.Names
	require.Equal(t, bare, string(none.Attempt([]byte(bare), "a", 1, nil)))
	require.Equal(t, http.DefaultTransport, none.Plain(http.DefaultTransport))
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
	resp, err := named.New("r1", "7", "nonce").Plain(http.DefaultTransport).RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "r1", got.Get("X-Idemcheck-Run"))
	require.Equal(t, "mine", got.Get("X-Idemcheck-Case"))
	require.Empty(t, got.Get("X-Idemcheck-Attempt"))
	require.Empty(t, r.Header.Get("X-Idemcheck-Run"), "a caller's request is not changed")
}
