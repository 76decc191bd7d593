package upstream_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/upstream"
)

// speaking serves without TLS, in some versions of HTTP.
func speaking(t *testing.T, one, two bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(one)
	s.Config.Protocols.SetUnencryptedHTTP2(two)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// TestVersionsOfHTTP: without TLS nobody negotiates, so that a service which speaks another version
// than the one that is named is asked.
func TestVersionsOfHTTP(t *testing.T) {
	for _, c := range []struct {
		name     string
		one, two bool
		// says and advises are of a service that does not speak the version, asked is whether HTTP/2 is
		// the one that is named.
		asked         bool
		says, advises string
	}{
		{"HTTP/2 of both", true, true, true, "", ""},
		{"HTTP/2 alone", false, true, true, "", ""},
		{"HTTP/1.1 alone", true, false, true, "does not speak HTTP/2", "leave target.http out"},
		{"HTTP/1.1", true, false, false, "", ""},
		{"nothing but HTTP/2", false, true, false, "does not speak HTTP/1.1", "write target.http: 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := upstream.Upstream{URL: speaking(t, c.one, c.two), HTTP2: c.asked}
			err := u.Probe(t.Context())
			if !c.asked {
				require.NoError(t, err)
				err = u.ProbeHTTP1(t.Context())
			}
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			var disagreed *upstream.HandshakeError
			require.ErrorAs(t, err, &disagreed)
			require.ErrorContains(t, err, "agreeing on HTTP with 127.0.0.1:")
			require.ErrorContains(t, err, c.says)
			require.Contains(t, disagreed.Advice, c.advises)
		})
	}
}

// TestNobodyThere: a closed port and a socket that is not there are services that cannot be reached.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	for _, url := range []string{
		"http://" + l.Addr().String(), "https://" + l.Addr().String(), "unix:" + t.TempDir() + "/none",
	} {
		var gone *upstream.UnreachableError
		require.ErrorAs(t, upstream.Upstream{URL: url}.Probe(t.Context()), &gone, url)
	}
}
