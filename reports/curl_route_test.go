package reports

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/route"
)

// TestScriptReachesTheServiceAsTheRunDid: over a Unix socket with TLS, and with the host of the
// contract.
func TestScriptReachesTheServiceAsTheRunDid(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	var hits atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && r.Host == "payments.test" {
			hits.Add(1)
		}
	}))
	require.NoError(t, srv.Listener.Close())
	socket := filepath.Join(t.TempDir(), "it's.sock")
	var err error
	srv.Listener, err = net.Listen("unix", socket)
	require.NoError(t, err)
	srv.StartTLS()
	defer srv.Close()
	doc := lostDocument()
	doc.Contract.Target.URL, doc.Contract.Target.Host = "unix:"+socket, "payments.test"
	doc.Contract.Target.TLS = &route.TLS{Insecure: true}
	cmd := exec.CommandContext(t.Context(), "sh")
	cmd.Stdin = strings.NewReader(shell(t, doc))
	cmd.Env = append(cmd.Environ(), "AUTHORIZATION=Bearer real", "STAGE=s", "X_API_KEY_RED=r",
		"X_API_KEY_BLUE=b")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.EqualValues(t, 3, hits.Load(), string(out))
}

// TestScriptHasTheOptionsOfTheTarget: what is plain has none.
func TestScriptHasTheOptionsOfTheTarget(t *testing.T) {
	doc := lostDocument()
	require.NotContains(t, shell(t, doc), "command curl")
	doc.Contract.Target.URL, doc.Contract.Target.HTTP = "https://127.0.0.1:8443", "2"
	doc.Contract.Target.TLS = &route.TLS{CA: "a b.pem", Cert: "c.pem", Key: "k.pem", ServerName: "x"}
	script := shell(t, doc)
	require.Contains(t, script,
		`curl() { command curl --http2 --cacert 'a b.pem' --cert c.pem --key k.pem "$@"; }`)
	require.Contains(t, script, "because curl cannot make it: a certificate for another name")
	doc.Contract.Target.URL, doc.Contract.Target.TLS = "http://127.0.0.1:8080", nil
	require.Contains(t, shell(t, doc), "--http2-prior-knowledge")
}
