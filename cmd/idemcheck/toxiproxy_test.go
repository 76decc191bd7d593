package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
)

// serveToxiproxy serves a Toxiproxy server that answers nothing any more after so many proxies were
// made, as one that was killed; 0 means never. It returns its URL and its collection.
func serveToxiproxy(t *testing.T, mortal int64) (string, *toxiproxy.ApiServer) {
	t.Helper()
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	routes := api.Routes()
	var made atomic.Int64
	var running sync.RWMutex // Toxiproxy's own clearing is not safe beside a request of its API
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/proxies" {
			made.Add(1)
		}
		if mortal > 0 && made.Load() > mortal {
			running.Lock()
			_ = api.Collection.Clear() // nothing is carried either
			running.Unlock()
			panic(http.ErrAbortHandler)
		}
		running.RLock()
		defer running.RUnlock()
		routes.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, api
}

// TestAToxiproxyServerThatDies: the tool could not do its job, and the service is not blamed.
func TestAToxiproxyServerThatDies(t *testing.T) {
	t.Parallel()
	api, _ := serveToxiproxy(t, 60)
	got := invoke(t, demo("--store", "memory", "--out", t.TempDir(), "--toxiproxy", api)...)
	require.Equal(t, exitFailed, got.code, got.out+got.err)
	require.Contains(t, got.err, "what makes the faults is gone")
	require.Contains(t, got.err, "next: start the Toxiproxy server again")
	require.NotContains(t, got.out+got.err, "stuck-key")
}

// TestProxiesOfAKilledRunGoWithTheNext: with the same server, and not those of others.
func TestProxiesOfAKilledRunGoWithTheNext(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	api, server := serveToxiproxy(t, 0)
	alive, err := lease.Take(temp, api)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(temp, "idemcheck-dead.lock"),
		[]byte(`{"pid":1,"toxiproxy":"`+api+`"}`), 0o600))
	for _, name := range []string{"idemcheck-dead-1", "idemcheck-dead-2", alive.Name + "-1", "shop"} {
		body := strings.NewReader(`{"name":"` + name + `","listen":"127.0.0.1:0","upstream":"127.0.0.1:1"}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api+"/proxies", body)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusCreated, resp.StatusCode)
	}
	invoke(t, demo("--store", "memory", "--out", runfolder.Nowhere, "--toxiproxy", api, "--cases", "4")...)
	left := server.Collection.Proxies()
	require.Len(t, left, 2)
	require.Contains(t, left, "shop")
	require.Contains(t, left, alive.Name+"-1")
	require.NoFileExists(t, filepath.Join(temp, "idemcheck-dead.lock"))
	require.NoError(t, server.Collection.Clear())
	require.NoError(t, alive.Release())
}
