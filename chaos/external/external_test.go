package external_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	client "github.com/Shopify/toxiproxy/v2/client"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/external"
	"github.com/idemcheck/idemcheck/chaos/internal/worldtest"
)

func TestMain(m *testing.M) {
	// The server leaves goroutines behind when a toxic has closed a connection before its source
	// did, and sleeps on when a delayed connection has ended.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*LatencyToxic).Pipe"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/stream.(*ChanWriter).Write"))
}

// startServer runs a real Toxiproxy server in this process.
func startServer(t *testing.T) string {
	log := zerolog.Nop()
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), log)
	server := httptest.NewServer(oneByOne(api.Routes()))
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		server.Close()
	})
	return server.URL
}

// oneByOne serves one request at a time: Toxiproxy's server lists a proxy while it stops it, which is
// a data race within one process (version 2.12.0, ProxyIndex and ProxyDelete).
func oneByOne(h http.Handler) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

func TestEveryFault(t *testing.T) {
	api := startServer(t)
	worldtest.Run(t, worldtest.NewWorld{Open: func(t *testing.T, url string) chaos.World {
		w, err := external.New(external.Options{API: api, URL: url})
		require.NoError(t, err)
		return w
	}})
	proxies, err := client.NewClient(api).Proxies()
	require.NoError(t, err)
	require.Empty(t, proxies)
}

func TestServerThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	api := "http://" + l.Addr().String()
	_, err = external.New(external.Options{API: api, URL: "http://127.0.0.1:1"})
	require.ErrorContains(t, err, "reaching the Toxiproxy server at "+api)
}

// TestAnAPIThatIsNone is about a server that answers everything, and is no Toxiproxy.
func TestAnAPIThatIsNone(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	t.Cleanup(elsewhere.Close)
	for _, c := range []struct {
		h    http.Handler
		says string
	}{
		{http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect), "GET /version answered 307"},
		{http.NotFoundHandler(), `answered 404: "404 page not found\n"`},
	} {
		server := httptest.NewServer(c.h)
		_, err := external.New(external.Options{API: server.URL, URL: "http://127.0.0.1:1"})
		require.ErrorContains(t, err, c.says)
		server.Close()
	}
	_, err := external.New(external.Options{API: "http://me:hunter2@127.0.0.1:1", URL: "http://127.0.0.1:1"})
	require.ErrorContains(t, err, "a user or a password")
	require.NotContains(t, err.Error(), "hunter2")
}
