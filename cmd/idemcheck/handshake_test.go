package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWaysThatDoNotWork: whoever cannot be spoken to is not accused. It is a mistake to mend, with the
// reason, where to mend it, and nothing else is tried.
func TestWaysThatDoNotWork(t *testing.T) {
	t.Parallel()
	const at, files = "127.0.0.1:0", "url: https://127.0.0.1:PORT, tls: {ca: authority.pem"
	expired := func(a *authority) *tls.Config {
		cert := a.issue("server", time.Now().Add(-time.Hour), "127.0.0.1")
		return &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	only := func(protocol string) func(*authority) *tls.Config {
		return func(a *authority) *tls.Config {
			c := proving("127.0.0.1")(a)
			c.NextProtos = []string{protocol}
			return c
		}
	}
	olderMutual := func(a *authority) *tls.Config {
		c := mutual(a)
		c.MaxVersion = tls.VersionTLS12
		return c
	}
	for _, c := range []struct {
		name    string
		tls     func(*authority) *tls.Config
		target  string
		says    string
		advises string
	}{
		{
			"an authority nobody named", proving("127.0.0.1"), "url: https://127.0.0.1:PORT",
			`the certificate ("server") is signed by an unknown authority`, "target.tls.ca",
		}, {
			"another authority", proving("127.0.0.1"),
			"url: https://127.0.0.1:PORT, tls: {ca: stranger.pem}",
			`the certificate ("server") is signed by an unknown authority`, "target.tls.ca",
		}, {
			"an expired certificate", expired, files + "}",
			`the certificate ("server") has expired on `, "renew the service's certificate",
		}, {
			"a certificate for others", proving("a.test", "b.test"), files + "}",
			`the certificate is for a.test, b.test and not for "127.0.0.1"`, "target.tls.server_name",
		}, {
			"no certificate of the client", mutual, files + "}",
			"the service asks for a certificate of its clients", "target.tls.cert and target.tls.key",
		}, {
			"no certificate of the client, TLS 1.2", olderMutual, files + "}",
			"the service asks for a certificate of its clients", "target.tls.cert and target.tls.key",
		}, {
			"a client's certificate of a stranger", mutual,
			files + ", cert: stranger.pem, key: stranger-key.pem}",
			"the service does not accept the client's certificate", "see who signed target.tls.cert",
		}, {
			"no HTTP/2", only("http/1.1"), files + "}, http: 2",
			"the service does not speak HTTP/2", "leave target.http out",
		}, {
			"neither version", only("smtp"), files + "}",
			"the service does not speak HTTP/1.1", "write target.http: 2",
		}, {
			"no TLS", nil, files + "}", "what answers there speaks no TLS", "write http://",
		}, {
			"no such file", proving("127.0.0.1"), "url: https://127.0.0.1:PORT, tls: {ca: nowhere.pem}",
			"target.tls.ca: there is no file ", "correct the path",
		}, {
			"no certificate in the file", proving("127.0.0.1"),
			"url: https://127.0.0.1:PORT, tls: {ca: idemcheck.yaml}", "holds no certificate",
			"-----BEGIN CERTIFICATE-----",
		}, {
			"another key", proving("127.0.0.1"), files + ", cert: server.pem, key: stranger-key.pem}",
			"private key does not match public key", "name a certificate and the key that belongs to it",
		}, {
			"a certificate without key", proving("127.0.0.1"), files + ", cert: server.pem}",
			"target.tls.cert has no target.tls.key", "private key of the certificate",
		}, {
			"TLS without https", nil, "url: http://127.0.0.1:PORT, tls: {insecure: true}",
			"target.tls is for https, and target.url is http", "write https://",
		}, {
			"an unknown version", nil, "url: http://127.0.0.1:PORT, http: 3",
			`unknown value "3" for target.http`, "write 1.1 or 2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := way{name: c.name, listen: at, tls: c.tls, target: c.target}
			w.seen = func(*http.Request) bool { return false }
			contract := on(t, w, http.NotFoundHandler())
			for _, verb := range []string{"run", "check"} {
				e := invoke(t, verb, contract)
				require.Equal(t, exitUsage, e.code, "%s\n%s", e.out, e.err)
				said := strings.Join(strings.Fields(e.err), " ")
				require.Contains(t, said, c.says)
				require.Contains(t, said, "next: ")
				require.Contains(t, said, c.advises)
			}
			left, err := filepath.Glob(filepath.Join(filepath.Dir(contract), "idemcheck-out"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// TestAUnixSocketIsNamed: a dry run says where it would be sent, and a path is that of the contract.
func TestAUnixSocketIsNamed(t *testing.T) {
	t.Parallel()
	contract := on(t, way{listen: "127.0.0.1:0", target: "url: unix:nowhere.sock"},
		http.NotFoundHandler())
	e := invoke(t, "run", contract, "--dry-run", "--cases", "2")
	require.Equal(t, exitValid, e.code, e.err)
	require.Contains(t, e.out,
		"the Unix socket "+filepath.Join(filepath.Dir(contract), "nowhere.sock"))
}

// TestVersionsNobodySpeaks: without TLS nobody negotiates. A service that speaks another version of
// HTTP than the contract names is not accused either, and nobody waits for it.
func TestVersionsNobodySpeaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, target, advises string
		one                   bool
	}{
		{"HTTP/1.1 alone", "url: http://PORT, http: 2", "leave target.http out", true},
		{"HTTP/2 alone", "url: http://PORT", "write target.http: 2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.Protocols = new(http.Protocols)
			server.Config.Protocols.SetHTTP1(c.one)
			server.Config.Protocols.SetUnencryptedHTTP2(!c.one)
			server.Start()
			defer server.Close()
			target := strings.ReplaceAll(c.target, "PORT", server.Listener.Addr().String())
			contract := file(t, "idemcheck.yaml",
				strings.Replace(withoutResources, `url: "http://127.0.0.1:9"`, target, 1))
			e := invoke(t, "check", contract)
			require.Equal(t, exitUsage, e.code, "%s\n%s", e.out, e.err)
			require.Contains(t, e.err, "agreeing on HTTP with ")
			require.Contains(t, e.err, "next: "+c.advises)
		})
	}
}
