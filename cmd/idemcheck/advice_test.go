package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUntrustedCertificate: a service that is there is not to be started.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", minimal), "--target", server.URL,
		"--out", t.TempDir())...)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "target.tls.ca")
	require.NotContains(t, got.err, "start the service")
}

func TestInvokedAs(t *testing.T) {
	require.Equal(t, "idemcheck", invokedAs(""))
	require.Equal(t, "idemcheck", invokedAs("idemcheck"))
	require.Equal(t, "bin/idemcheck", invokedAs("bin/idemcheck"))
	const temporary = "/tmp/go-build1234/b001/exe/idemcheck"
	require.Equal(t, "go run github.com/idemcheck/idemcheck/cmd/idemcheck", invokedAs(temporary))
	t.Chdir("../..")
	require.Equal(t, "go run ./cmd/idemcheck", invokedAs(temporary))
}
