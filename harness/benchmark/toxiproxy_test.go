package benchmark_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/stretchr/testify/require"
)

// startToxiproxy builds Toxiproxy's own server from the module that go.mod names, starts it as a
// process of its own, as users do, and returns a client of its API.
func startToxiproxy(tb testing.TB) *toxiproxy.Client {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "toxiproxy-server")
	build := exec.Command("go", "build", "-o", binary, "github.com/Shopify/toxiproxy/v2/cmd/server")
	out, err := build.CombinedOutput()
	require.NoError(tb, err, "building the Toxiproxy server: %s", out)

	host, port, err := net.SplitHostPort(freeAddress(tb))
	require.NoError(tb, err)
	server := exec.Command(binary, "-host", host, "-port", port)
	// Its log would cost the peer time.
	server.Env = append(os.Environ(), "LOG_LEVEL=error")
	require.NoError(tb, server.Start())
	tb.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // killed: its exit status says nothing
	})
	client := toxiproxy.NewClient(net.JoinHostPort(host, port))
	require.Eventually(tb, func() bool {
		_, err := client.Version()
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "the Toxiproxy server does not answer")
	return client
}

// freeAddress returns an address that nobody listens on: the server cannot choose one itself.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer l.Close()
	return l.Addr().String()
}
