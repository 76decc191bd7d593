package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
)

// secrets are what the contract of these tests sends: by the names of headers.
func secrets() map[string]string {
	return map[string]string{
		"Authorization":  literal,
		"X-Access-Token": "undeclared/token+77",
		"X-Signing-Key":  "4417730092",
		"Cookie":         "c00kie-of-a-session",
		"X-Team":         "from-the-environment-5512",
		"X-Named":        "named in the contract",
	}
}

// secretive is the minimal contract with all of them.
func secretive(t *testing.T) string {
	s := secrets()
	return spoilt(t, `{Authorization: "Bearer literal-secret-9f2c"}`, fmt.Sprintf(
		"{Authorization: \"Bearer %s\", X-Access-Token: %q, X-Signing-Key: %q, Cookie: \"session=%s; lang=en\", "+
			"X-Team: \"${TEAM}\", X-Named: %q}\n  secrets: [x-named]", literal, s["X-Access-Token"],
		s["X-Signing-Key"], s["Cookie"], s["X-Named"]))
}

// echo is an endpoint that says what it was sent, in the spellings that services use.
func echo(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := httptest.NewRecorder()
		h.ServeHTTP(seen, r)
		var debug []string
		for name := range secrets() {
			value := r.Header.Get(name)
			for _, v := range append(strings.Fields(strings.ReplaceAll(value, ";", "")), value) {
				_, v, _ = strings.Cut("="+v, "=")
				escaped, _ := json.Marshal(v)
				debug = append(debug, v, url.QueryEscape(v), strings.ReplaceAll(v, "/", `\/`), string(escaped),
					base64.StdEncoding.EncodeToString([]byte(v)), strings.TrimPrefix(v, "session="))
			}
		}
		said, _ := json.Marshal(debug)
		number := r.Header.Get("X-Signing-Key")
		body := strings.TrimSuffix(strings.TrimSpace(seen.Body.String()), "}")
		w.WriteHeader(seen.Code)
		_, _ = fmt.Fprintf(w, `%s, "number": %s, "debug": %s}`, body, number, said)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestASecretThatComesBackIsNowhere: whatever the service says of what it was sent, in answers, ledgers
// and errors, is in no output and in no file.
func TestASecretThatComesBackIsNowhere(t *testing.T) {
	t.Parallel()
	f := file(t, "idemcheck.yaml", secretive(t))
	env := invocation{ctx: t.Context(), env: map[string]string{"TEAM": secrets()["X-Team"]}, bubbles: t}
	for _, format := range session.Formats {
		dir := t.TempDir()
		at := echo(t, newPayments(flaws{ignoresKeys: true}))
		collector, spans := collected(t)
		got := env.run(t, brief("run", "-f", f, "--format", format, "--target", at, "--out", dir,
			"--otlp", collector)...)
		require.NotEmpty(t, spans())
		require.Equal(t, exitInvalid, got.code, got.err)
		for name, secret := range secrets() {
			requireNowhere(t, secret, got, dir)
			require.NotContains(t, fmt.Sprint(spans()), secret)
			requireNowhere(t, base64.StdEncoding.EncodeToString([]byte(secret)), got, dir)
			requireNowhere(t, url.QueryEscape(secret), got, dir)
			require.Contains(t, text(t, dir, "plan.json"), name, "the name is no secret")
		}
		judged := invoke(t, "judge", filepath.Join(dir, "history.jsonl"))
		require.Equal(t, exitInvalid, judged.code, "what is saved is judged as the run was: %s", judged.err)
		plan := filepath.Join(dir, "counterexample", "plan.json")
		again := env.run(t, "replay", plan, "-f", f, "--target", at, "--no-progress", "--out", t.TempDir())
		require.Equal(t, exitInvalid, again.code, again.err)
		for _, secret := range secrets() {
			require.NotContains(t, judged.out+judged.err+again.out+again.err, secret)
		}
	}
}

// TestASecretInAnErrorIsNotShown: half of a secret is one too, so nothing is cut before it is hidden.
func TestASecretInAnErrorIsNotShown(t *testing.T) {
	t.Parallel()
	f := file(t, "idemcheck.yaml", secretive(t))
	env := invocation{ctx: t.Context(), env: map[string]string{"TEAM": secrets()["X-Team"]}, bubbles: t}
	for _, path := range []string{"/accounts", "/accounts/", "/payments"} {
		right := newPayments(flaws{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, path) {
				right.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Location", "/?"+r.Header.Get("X-Access-Token"))
			w.WriteHeader(map[bool]int{true: 302, false: 500}[r.Method == http.MethodGet])
			_, _ = io.WriteString(w, strings.Repeat("x", 150)+r.Header.Get("X-Access-Token"))
		}))
		t.Cleanup(server.Close)
		for _, format := range session.Formats {
			got := env.run(t, brief("run", "-f", f, "--format", format, "--target", server.URL,
				"--cases", "4", "--out", t.TempDir())...)
			require.NotEqual(t, exitValid, got.code)
			require.NotContains(t, got.out+got.err, secrets()["X-Access-Token"][:8])
		}
	}
}
