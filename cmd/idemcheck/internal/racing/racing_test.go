package racing

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

// orders is a service that does once what a key asks for, takes some time for it, and tells all that
// it was sent in every answer.
type orders struct {
	t    *testing.T
	seen func(r *http.Request, body string)
	mu   sync.Mutex
	by   map[string]string
}

func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		o.t.Errorf("reading a request: %v", err)
	}
	body := string(content)
	told := []string{r.URL.String(), r.Header.Get("Authorization"), body}
	for name, values := range r.Header {
		told = append(told, name, strings.Join(values, "; "))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Method == http.MethodGet {
		items := []map[string]any{}
		for key := range o.by {
			items = append(items, map[string]any{"id": o.by[key], "key": key})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"orders": items, "debug": told})
		return
	}
	o.seen(r, body)
	key := r.Header.Get("Idempotency-Key")
	if o.by[key] == "" {
		o.by[key] = fmt.Sprint("order-", len(o.by)+1)
		o.mu.Unlock()
		<-time.After(20 * time.Millisecond)
		o.mu.Lock()
	}
	w.Header().Set("Set-Cookie", "session=made-by-the-service-77")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": o.by[key], "client_secret": "pi_secret_of_the_answer", "debug": told,
	})
}

// serve serves orders over TLS, HTTP/2 without TLS, or a Unix socket; it returns the URL, and a file
// with the certificate.
func serve(t *testing.T, kind string, seen func(*http.Request, string)) (at, ca string) {
	server := httptest.NewUnstartedServer(&orders{t: t, seen: seen, by: map[string]string{}})
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetHTTP2(kind == "tls")
	server.Config.Protocols.SetUnencryptedHTTP2(kind == "h2c")
	server.EnableHTTP2 = kind == "tls"
	switch kind {
	case "unix":
		require.NoError(t, server.Listener.Close())
		ca = filepath.Join(t.TempDir(), "s")
		var err error
		server.Listener, err = net.Listen("unix", ca)
		require.NoError(t, err)
		server.Start()
		t.Cleanup(server.Close)
		return "http://localhost", ca
	case "tls":
		server.StartTLS()
		ca = filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{
			Type: "CERTIFICATE", Bytes: server.Certificate().Raw,
		}), 0o600))
	default:
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.URL, ca
}

// invoke runs the command.
func invoke(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	return invokeIn(t, map[string]string{"API_TOKEN": "from/the+environment-5512"}, args...)
}

// invokeIn runs the command in an environment.
func invokeIn(t *testing.T, env map[string]string, args ...string) (code int, out string) {
	t.Helper()
	var text bytes.Buffer
	c := New(terminal.Streams{Out: &text, Err: &text, Env: func(name string) (string, bool) {
		value, set := env[name]
		return value, set
	}}, &code)
	c.SetArgs(append(args, "--settle", "20ms"))
	c.SetOut(&text)
	c.SetErr(&text)
	c.SilenceErrors, c.SilenceUsage = true, true
	if err := c.ExecuteContext(t.Context()); err != nil {
		return exit.Code(err), text.String() + err.Error()
	}
	return code, text.String()
}

// hidden are all secrets that the lines of these tests send, and those that the service makes.
func hidden() []string {
	return []string{
		"from/the+environment-5512", "c00kie-of-a-session", "0ther-cookie", "pass word/77",
		"query-s3cret", "key-of-an-api", "414243", "pi_secret_of_the_answer", "bG9naW46cGFzcw",
		"log-me-in-now", "made-by-the-service-77",
	}
}

// TestLinesOfEveryKind: quotes, --data-raw, cookies and HTTP/2, TLS and a Unix socket: what arrives is
// what curl would send, and no secret is in what is shown.
func TestLinesOfEveryKind(t *testing.T) {
	const body = `{"text":"it's \"quoted\"","password":"pass word/77","card":{"cvc":414243}}`
	for kind, way := range map[string]struct{ flags, proto string }{
		"plain": {"", "HTTP/1.1"},
		"tls":   {"--http2 --cacert CA", "HTTP/2.0"},
		"h2c":   {"--http2-prior-knowledge", "HTTP/2.0"},
		"unix":  {"--unix-socket CA", "HTTP/1.1"},
	} {
		for _, format := range []string{"text", "json"} {
			t.Run(kind+" "+format, func(t *testing.T) {
				var mu sync.Mutex
				n := 0
				at, ca := serve(t, kind, func(r *http.Request, got string) {
					mu.Lock()
					defer mu.Unlock()
					n++
					if r.Proto != way.proto || got != body ||
						r.Header.Get("Cookie") != "session=c00kie-of-a-session; other=0ther-cookie" ||
						r.Header.Get("X-Note") != `say "hi", it's me` || r.URL.Query().Get("token") != "query-s3cret" {
						t.Errorf("%s %s %v %q", r.Proto, r.URL, r.Header, got)
					}
				})
				flags := strings.ReplaceAll(way.flags, "CA", ca)
				line := `curl '` + at + `/orders?token=query-s3cret&lang=en' ` + flags + ` -H "Authorization: Bearer ` +
					`$API_TOKEN" -H 'X-Api-Key: key-of-an-api' -H 'X-Note: say "hi", it'\''s me' ` +
					`-H 'Idempotency-Key: order-17' -b 'session=c00kie-of-a-session' --cookie 'other=0ther-cookie' ` +
					`-H 'Content-Type: application/json' --data-raw $'` + strings.NewReplacer(
					`\`, `\\`, `'`, `\'`).Replace(body) + `'`
				count := `curl ` + flags + ` -u login:log-me-in-now '` + at + `/orders?token=query-s3cret'`
				code, out := invoke(t, line, "-n", "5", "--count", count, "--items", "orders", "--format", format)
				require.Equal(t, exit.Valid, code, out)
				require.Equal(t, 5, n)
				for _, secret := range hidden() {
					require.NotContains(t, out, secret)
					require.NotContains(t, out, url.QueryEscape(secret))
				}
				require.Contains(t, out, "order-17")
				if format == "json" {
					var r raced.Race
					require.NoError(t, json.Unmarshal([]byte(out), &r))
					require.Equal(t, verdict.Valid, r.Verdict)
					require.EqualValues(t, 1, r.Rounds[0].Growth.New)
				}
			})
		}
	}
}

// TestErrorsHoldNoSecret: also where nothing could be read or sent.
func TestErrorsHoldNoSecret(t *testing.T) {
	at, _ := serve(t, "tls", func(*http.Request, string) {})
	const secret = ` -H 'Authorization: Bearer log-me-in-now' -H 'Idempotency-Key: k' ` +
		`-d password=pass%20word%2F77`
	for args, says := range map[string]string{
		"curl " + at + "/orders" + secret:                       "agreeing on TLS",
		"curl -k " + at + "/orders --resolve a:1:b" + secret:    "curl would go another way (--resolve)",
		"curl http://127.0.0.1:1/?token=query-s3cret" + secret:  "no copy reached the service",
		"curl -H 'Authorization: log-me-in-now":                 "not one that a shell reads",
		"curl http://192.0.2.7/?token=query-s3cret" + secret:    "--allow-host 192.0.2.7",
		"curl -k -F a=@log-me-in-now " + at + "/orders":         "a part of the form stands in a file",
		"curl 127.0.0.1:1 -X 'GET /log-me-in-now' -d password=": "control character",
	} {
		code, out := invoke(t, args)
		require.GreaterOrEqual(t, code, exit.BadUsage, out)
		require.Contains(t, out, says)
		for _, secret := range hidden() {
			require.NotContains(t, out, secret)
		}
	}
}

// TestAFormIsSentWhole: the parts of a form, with one boundary for all copies, and what is not
// followed is said.
func TestAFormIsSentWhole(t *testing.T) {
	at, _ := serve(t, "tls", func(r *http.Request, body string) {
		multipart := strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/")
		if !multipart || !strings.Contains(body, "pass word/77") {
			t.Errorf("%v %q", r.Header, body)
		}
	})
	code, out := invoke(t, "curl -k -x http://proxy:1 "+at+"/orders -F 'password=pass word/77' -F a=b",
		"-n", "2", "--key", "Idempotency-Key", "--count", "curl -k "+at+"/orders", "--items", "orders", "--ascii")
	require.Equal(t, exit.Valid, code, out)
	require.Contains(t, out, "what --proxy of curl asks for was not done")
	require.NotContains(t, out, "pass word/77")
	for _, r := range out {
		require.Less(t, r, rune(128), out)
	}
}
