package external_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	client "github.com/Shopify/toxiproxy/v2/client"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/external"
)

// TestWhatAKilledRunLeftIsSwept: its own proxies and nobody else's, by its name.
func TestWhatAKilledRunLeftIsSwept(t *testing.T) {
	api := startServer(t)
	_, err := external.New(external.Options{API: api, URL: "http://127.0.0.1:1", Run: "idemcheck-1a"})
	require.NoError(t, err) // it is never closed: its process was killed
	for _, name := range []string{"idemcheck-1a-7", "idemcheck-1ab-1", "shop", "idemcheck-1a"} {
		_, err := client.NewClient(api).CreateProxy(name, "127.0.0.1:0", "127.0.0.1:1")
		require.NoError(t, err)
	}
	require.NoError(t, external.Sweep(external.Options{API: api, Run: "idemcheck-1a"}))
	left, err := client.NewClient(api).Proxies()
	require.NoError(t, err)
	names := []string{}
	for name, p := range left {
		names = append(names, name)
		require.NoError(t, p.Delete())
	}
	require.ElementsMatch(t, []string{"idemcheck-1ab-1", "shop", "idemcheck-1a"}, names)
}

// TestAServerThatDied is told from one that is there, also when another one took its place.
func TestAServerThatDied(t *testing.T) {
	serve := func(at string) *httptest.Server {
		listener, err := net.Listen("tcp", at)
		require.NoError(t, err)
		proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
		t.Cleanup(func() { require.NoError(t, proxies.Collection.Clear()) })
		server := httptest.NewUnstartedServer(proxies.Routes())
		require.NoError(t, server.Listener.Close())
		server.Listener = listener
		server.Start()
		return server
	}
	first := serve("127.0.0.1:0")
	w, err := external.New(external.Options{API: first.URL, URL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	require.NoError(t, w.Alive())
	http.DefaultClient.CloseIdleConnections()
	first.Close()
	require.ErrorContains(t, w.Alive(), "asking the Toxiproxy server whether it is still there")
	second := serve(first.Listener.Addr().String())
	defer second.Close()
	require.ErrorContains(t, w.Alive(), "proxy not found")
	require.NoError(t, w.Close())
	http.DefaultClient.CloseIdleConnections()
}
