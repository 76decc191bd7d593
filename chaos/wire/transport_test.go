package wire_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/worldtest"
	"github.com/idemcheck/idemcheck/chaos/wire"
)

// TestEveryFaultOverTLS: the service speaks TLS, and every fault strikes as it does without.
func TestEveryFaultOverTLS(t *testing.T) { everyFault(t, false) }

// TestEveryFaultOverHTTP2: the service speaks HTTP/2 over TLS.
func TestEveryFaultOverHTTP2(t *testing.T) { everyFault(t, true) }

func everyFault(t *testing.T, http2 bool) {
	t.Helper()
	t.Parallel()
	trusted := map[string]*x509.CertPool{}
	worldtest.Run(t, worldtest.NewWorld{
		Serve: func(t *testing.T, h http.Handler) *httptest.Server {
			server := httptest.NewUnstartedServer(spoken(t, h, http2))
			server.EnableHTTP2 = true
			server.Config.ErrorLog = log.New(io.Discard, "", 0) // lost requests end handshakes
			server.StartTLS()
			trusted[server.URL] = x509.NewCertPool()
			trusted[server.URL].AddCert(server.Certificate())
			return server
		},
		Open: func(t *testing.T, url string) chaos.World {
			w, err := wire.New(wire.Options{
				URL: url, HTTP2: http2, TLSConfig: &tls.Config{RootCAs: trusted[url]},
			})
			require.NoError(t, err)
			return w
		},
	})
}

// spoken demands of every request that it comes in the version that is meant.
func spoken(t *testing.T, h http.Handler, http2 bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if http2 != (r.ProtoMajor == 2) || r.TLS == nil {
			t.Errorf("the service is spoken to in %s", r.Proto)
		}
		h.ServeHTTP(w, r)
	})
}

// TestEveryFaultOverAUnixSocket: the service has no address.
func TestEveryFaultOverAUnixSocket(t *testing.T) {
	t.Parallel()
	worldtest.Run(t, worldtest.NewWorld{
		Serve: func(t *testing.T, h http.Handler) *httptest.Server {
			server := httptest.NewUnstartedServer(h)
			require.NoError(t, server.Listener.Close())
			var err error
			server.Listener, err = net.Listen("unix", filepath.Join(t.TempDir(), "s"))
			require.NoError(t, err)
			server.Start()
			return server
		},
		Open: func(t *testing.T, url string) chaos.World {
			w, err := wire.New(wire.Options{URL: "unix://" + strings.TrimPrefix(url, "http://")})
			require.NoError(t, err)
			return w
		},
	})
}
