package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// client is one of those that send something, known by what it sends.
type client struct {
	name  string
	sends func(*http.Request) bool
}

func clients() []client {
	return []client{
		{"setup", func(r *http.Request) bool { return r.URL.Path == "/accounts" }},
		{"operation", func(r *http.Request) bool {
			return r.Method == http.MethodPost && r.URL.Path == "/payments"
		}},
		{"ledger", func(r *http.Request) bool { return r.URL.RawQuery != "" }},
		{"state", func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/accounts/") }},
		{"look-up", func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/payments/") }},
	}
}

// redirections are the statuses that clients follow.
var redirections = []int{301, 302, 303, 307, 308}

// detour is a service that sends one kind of client elsewhere, and is right otherwise.
type detour struct {
	client
	status int
	to     string
}

func (d detour) handler() http.Handler {
	right := newPayments(flaws{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case d.sends(r):
			http.Redirect(w, r, d.to+r.URL.RequestURI(), d.status)
		case strings.HasPrefix(r.URL.Path, "/payments/"):
			w.WriteHeader(http.StatusOK)
		default:
			right.ServeHTTP(w, r)
		}
	})
}

// lookedUp is the minimal contract with a look-up.
func lookedUp(t *testing.T) string {
	return spoilt(t, "identity: id", "identity: id\n      lookup: /payments/{identity}")
}

// TestRedirectsAreAnswers: what is at the end of a redirect is another service, and nobody named it.
func TestRedirectsAreAnswers(t *testing.T) {
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		followed.Add(1)
	}))
	t.Cleanup(elsewhere.Close)
	for i, c := range clients() {
		status := redirections[i]
		t.Run(fmt.Sprintf("%s %d", c.name, status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(detour{c, status, elsewhere.URL}.handler())
			t.Cleanup(server.Close)
			got := invoke(t, "run", "-f", file(t, "idemcheck.yaml", lookedUp(t)), "--target", server.URL,
				"--no-progress", "--out", "none", "--seed", "1", "--cases", "2", "--scenario", "lost-answers")
			require.NotEqual(t, exitValid, got.code, "what was never read is no pass")
			require.Zero(t, followed.Load())
		})
	}
}
