package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	proxy := func(name string) (string, bool) { return "http://127.0.0.1:3128", name == "HTTPS_PROXY" }
	s := &session{
		app: &app{streams: streams{env: proxy}}, flags: &runFlags{},
		targetURL: "http://somebody:open-sesame@127.0.0.1:9",
	}
	full := &http.MaxBytesError{} // of which nobody knows what to do
	require.Empty(t, s.advice(full))
	require.Equal(t, error(full), s.explainFailure(full))
	require.Contains(t, s.advice(syscall.EMFILE), "ulimit -n")
	require.Equal(t, "start the service, or correct target.url (now http://127.0.0.1:9); proxies are not used, "+
		"though the environment has HTTPS_PROXY: what is sent goes to the target itself",
		s.advice(trial.ErrUnreachable))
}

// TestUntrustedCertificate: a service that is there is not to be started.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", minimal), "--target", server.URL,
		"--out", t.TempDir())...)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "SSL_CERT_FILE")
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

func TestPlainTerminals(t *testing.T) {
	for env, want := range map[string]bool{
		"TERM=dumb": true, "TERM=xterm": false, "NO_COLOR=1": true, "NO_COLOR=": false,
	} {
		name, value, _ := strings.Cut(env, "=")
		a := &app{streams: streams{env: func(n string) (string, bool) { return value, n == name }}}
		require.Equal(t, want, a.plain(), env)
	}
}

// TestLeftOut: scenarios that lack the same are one line.
func TestLeftOut(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	require.NotContains(t, strings.Join(leftOut(scenarios.HTTP(), c), "\n"), "promises.mismatch")
	c.Promises.Mismatch, c.Promises.MismatchAnswer = nil, ""
	got := strings.Join(leftOut(scenarios.HTTP(), c), "\n")
	require.Contains(t, got, "left out: payload-mismatch, payload-nearly-the-same")
	require.Equal(t, 1, strings.Count(got, "promises.mismatch"), got)
}
