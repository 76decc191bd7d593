package reference_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
)

func newService(t *testing.T, options reference.Options) *reference.Service {
	t.Helper()
	service, err := reference.New(options)
	require.NoError(t, err)
	return service
}

// do makes one attempt as tenant alpha without a network. An empty key means no header.
func do(h http.Handler, method, path, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer alpha-token")
	if key != "" {
		r.Header.Set("Idempotency-Key", `"`+key+`"`)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAuthentication(t *testing.T) {
	service := newService(t, reference.Options{Tenants: map[string]string{"secret": "acme"}})
	for authorization, status := range map[string]int{
		"": 401, "Bearer": 401, "Bearer ": 401, "Bearer alpha-token": 401, "Basic secret": 401,
		"Bearer secret": 404, "bearer secret": 404,
	} {
		r := httptest.NewRequest("GET", "/v1/accounts/a", nil)
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, authorization)
	}
	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	require.Equal(t, 200, w.Code)
}

func TestValidationDoesNotUseTheKeyUp(t *testing.T) {
	service := newService(t, reference.Options{})
	require.Equal(t, 400, do(service, "POST", "/v1/accounts", "k", `{"id":"a"}`).Code)
	require.Equal(t, 201, do(service, "POST", "/v1/accounts", "k", `{"id":"a","name":"A"}`).Code)
}

func TestKeyIsTheSameHoweverItIsWritten(t *testing.T) {
	service := newService(t, reference.Options{})
	body := `{"id":"a","name":"A"}`
	require.Equal(t, 201, do(service, "POST", "/v1/accounts", `a\\b\"c`, body).Code)
	again := do(service, "POST", "/v1/accounts", `a\\b\"c`, body)
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Equal(t, 400, do(service, "POST", "/v1/accounts", `a\\b\"d`, body).Code)
}

// recorded is a processor that remembers the keys it was given, and fails the first time.
type recorded struct{ keys []string }

func (r *recorded) Authorize(_ context.Context, a reference.Authorization) error {
	r.keys = append(r.keys, a.Key)
	if len(r.keys) == 1 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestProcessorSeesOneKeyPerOperation(t *testing.T) {
	processor := &recorded{}
	service := newService(t, reference.Options{Processor: processor})
	do(service, "POST", "/v1/accounts", "k0", `{"id":"a","name":"A","balance":9}`)
	body := `{"account":"a","amount":1,"reference":"r"}`
	failed := do(service, "POST", "/v1/charges", "k1", body)
	require.Equal(t, 503, failed.Code)
	require.Equal(t, "0", failed.Header().Get("Retry-After"))
	require.Equal(t, 201, do(service, "POST", "/v1/charges", "k1", body).Code)
	require.Equal(t, 201, do(service, "POST", "/v1/charges", "k1", body).Code)
	require.Equal(t, 201, do(service, "POST", "/v1/charges", "k2", body).Code)
	require.Len(t, processor.keys, 3)
	require.Equal(t, processor.keys[0], processor.keys[1])
	require.NotEqual(t, processor.keys[0], processor.keys[2])
}

func TestServiceWorksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, reference.Options{Work: time.Minute})
		do(service, "POST", "/v1/accounts", "k0", `{"id":"a","name":"A","balance":9}`)
		body := `{"account":"a","amount":1,"reference":"r"}`
		began := time.Now()
		first := make(chan int)
		go func() { first <- do(service, "POST", "/v1/charges", "k1", body).Code }()
		synctest.Wait()
		require.Equal(t, 409, do(service, "POST", "/v1/charges", "k1", body).Code)
		require.Zero(t, time.Since(began))
		require.Equal(t, 503, <-first) // a minute is longer than an attempt may take
		require.Equal(t, 30*time.Second, time.Since(began))
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for want, options := range map[string]reference.Options{
		"work":      {Work: -1},
		"retention": {Retention: -1},
		"slots":     {Slots: -1},
		"tenants":   {Tenants: map[string]string{"token": ""}},
	} {
		_, err := reference.New(options)
		require.ErrorContains(t, err, want)
	}
}

func TestServeLetsAttemptsFinish(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	entered, ended := make(chan struct{}), make(chan error, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-ctx.Done()
		w.WriteHeader(http.StatusNoContent)
	})
	go func() { ended <- reference.Serve(ctx, listener, handler) }()
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err == nil {
			err = response.Body.Close()
		}
		answered <- err
	}()
	<-entered
	stop()
	require.NoError(t, <-answered)
	require.NoError(t, <-ended)
}

func TestServeSaysWhyItCannot(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.Error(t, reference.Serve(t.Context(), listener, http.NotFoundHandler()))
}
