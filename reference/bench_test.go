package reference_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/sqlite"
	"github.com/idemcheck/idemcheck/reference/store"
)

// BenchmarkCharge measures POST /v1/charges by 32 clients over kept connections, each charging an
// account of its own.
func BenchmarkCharge(b *testing.B) {
	stores := map[string]func() (store.Store, error){
		"memory": func() (store.Store, error) { return memory.New(), nil },
		"sqlite": func() (store.Store, error) {
			return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "payments.db"))
		},
	}
	for name, open := range stores {
		for _, work := range []time.Duration{0, 2 * time.Millisecond} {
			b.Run(fmt.Sprintf("%s/work=%s", name, work), func(b *testing.B) {
				kept, err := open()
				require.NoError(b, err)
				benchmarkCharge(b, reference.Options{Store: kept, Work: work})
				require.NoError(b, kept.Close())
			})
		}
	}
}

func benchmarkCharge(b *testing.B, options reference.Options) {
	const clients = 32
	service, err := reference.New(options)
	require.NoError(b, err)
	server := httptest.NewServer(service)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	post := func(path, key, body string) (int, error) {
		r, err := http.NewRequest(http.MethodPost, server.URL+path, strings.NewReader(body))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer alpha-token")
		r.Header.Set("Idempotency-Key", `"`+key+`"`)
		response, err := client.Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return response.StatusCode, closing(response.Body, err)
	}
	for i := range clients {
		body := fmt.Sprintf(`{"id":"a%d","name":"A","balance":1000000000}`, i)
		status, err := post("/v1/accounts", fmt.Sprint("open-", i), body)
		require.NoError(b, err)
		require.Equal(b, http.StatusCreated, status)
	}
	var next atomic.Int64
	b.ResetTimer()
	done := make(chan error)
	for i := range clients {
		go func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				body := fmt.Sprintf(`{"account":"a%d","amount":1,"reference":"r%d"}`, i, n)
				if status, err := post("/v1/charges", fmt.Sprint("k", n), body); status != 201 {
					done <- fmt.Errorf("charge %d: status %d: %w", n, status, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range clients {
		require.NoError(b, <-done)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "charges/s")
}

func closing(body io.Closer, err error) error {
	if failed := body.Close(); err == nil {
		return failed
	}
	return err
}
