package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// hard is a service that is no easy target; the zero value is one that answers at once and for ever.
type hard struct {
	flaws
	// wait is how long it takes to answer an operation.
	wait time.Duration
	// perSecond is how many requests it allows in a second, zero for all.
	perSecond int
	// life is how long a token lives that POST /login gives, zero for ever.
	life time.Duration
	// dies is after how many requests it is gone, zero for never.
	dies int
}

// hardService serves one.
type hardService struct {
	hard
	inner *payments
	gone  func()
	mu    sync.Mutex
	// second began at since and has seen count requests; tokens end at a time; all are requests that
	// came. All are protected by mu.
	since  time.Time
	count  int
	tokens map[string]time.Time
	all    int
}

// serveHard serves a hard service and returns its URL.
func serveHard(t *testing.T, h hard) string {
	t.Helper()
	s := &hardService{hard: h, inner: newPayments(h.flaws), tokens: map[string]time.Time{}}
	server := httptest.NewServer(s)
	s.gone = func() { _ = server.Config.Close() } // as a process that ends: no connection lives on
	t.Cleanup(server.Close)
	return server.URL
}

func (s *hardService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.all++
	dead := s.dies > 0 && s.all > s.dies
	if time.Since(s.since) >= time.Second {
		s.since, s.count = time.Now(), 0
	}
	s.count++
	limited := s.perSecond > 0 && s.count > s.perSecond
	ends, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	switch {
	case dead:
		s.gone()
		return
	case limited:
		w.Header().Set("Retry-After", "1")
		http.Error(w, `{"error": "slow down"}`, http.StatusTooManyRequests)
		return
	case s.life > 0 && r.URL.Path == "/login":
		s.login(w)
		return
	case s.life > 0 && (!known || time.Now().After(ends)):
		http.Error(w, `{"error": "log in again"}`, http.StatusUnauthorized)
		return
	}
	if s.life > 0 {
		r.Header.Set("Authorization", "Bearer "+literal)
	}
	if r.URL.Path == "/payments" && r.Method == http.MethodPost {
		<-time.After(s.wait)
	}
	s.inner.ServeHTTP(w, r)
}

func (s *hardService) login(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "token-" + time.Now().Format(time.RFC3339Nano)
	s.tokens[token] = time.Now().Add(s.life)
	_, _ = w.Write([]byte(`{"token": "` + token + `"}`))
}

func TestHard(t *testing.T) {
	quickly := []string{"recovery: 2s", "recovery: 200ms"}
	_ = quickly
	for _, tt := range []struct {
		name string
		h    hard
		edit []string
		args []string
	}{
		{"slow 400", hard{wait: 500 * time.Millisecond}, []string{"timeout: 500ms", "timeout: 400ms"}, nil},
		{"slow 500", hard{wait: 500 * time.Millisecond}, nil, nil},
		{"slow 550", hard{wait: 500 * time.Millisecond}, []string{"timeout: 500ms", "timeout: 550ms"}, nil},
		{"slow wrong", hard{wait: 500 * time.Millisecond, flaws: flaws{ignoresKeys: true}}, []string{"timeout: 500ms", "timeout: auto"}, nil},
		{"dies", hard{dies: 100}, []string{"missing: [400]", "missing: [400], recovery: 100ms"}, nil},
		{"dies wrong", hard{dies: 100, flaws: flaws{ignoresKeys: true}}, []string{"missing: [400]", "missing: [400], recovery: 100ms"}, nil},
		{"token", hard{life: time.Second}, []string{"  headers: {Authorization: \"Bearer literal-secret-9f2c\"}", "session:\n  login: {path: /login}\n  capture: {token: {body: token}}\n  headers: {Authorization: \"Bearer {token}\"}"}, nil},
		{"token renewed", hard{life: time.Second}, []string{"  headers: {Authorization: \"Bearer literal-secret-9f2c\"}", "session:\n  login: {path: /login}\n  capture: {token: {body: token}}\n  headers: {Authorization: \"Bearer {token}\"}\n  renew_on: [401]"}, nil},
		{"token renewed wrong", hard{life: time.Second, flaws: flaws{ignoresKeys: true}}, []string{"  headers: {Authorization: \"Bearer literal-secret-9f2c\"}", "session:\n  login: {path: /login}\n  capture: {token: {body: token}}\n  headers: {Authorization: \"Bearer {token}\"}\n  renew_on: [401]"}, nil},
		{"token renewed in time", hard{life: time.Second}, []string{"  headers: {Authorization: \"Bearer literal-secret-9f2c\"}", "session:\n  login: {path: /login}\n  capture: {token: {body: token}}\n  headers: {Authorization: \"Bearer {token}\"}\n  renew: 500ms"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := minimal
			if tt.edit != nil {
				text = spoilt(t, tt.edit[0], tt.edit[1])
			}
			f := file(t, "idemcheck.yaml", text)
			begun := time.Now()
			got := invoke(t, "run", f, "--target", serveHard(t, tt.h), "--cases", "32", "--seed", "3", "--no-progress",
				"--out", t.TempDir())
			t.Log(tt.name, got.code, time.Since(begun), "\n", got.out, got.err)
		})
	}
	require.NotEmpty(t, verdict.Valid)
}
