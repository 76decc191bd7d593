package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/databases"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/session"
	"github.com/idemcheck/idemcheck/internal/till"
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

// everySecret are secrets of every kind that a contract or a line of curl has, or that a service
// gives; that of the database is its password.
func everySecret(t *testing.T, d databases.Database) map[string]string {
	return map[string]string{
		"a header":                         "header/literal+1001",
		"a header from the environment":    "header-from-env-1002",
		"a cookie":                         "c00kie-literal-1003",
		"a header that the contract names": "named header 1004",
		"a login's password":               "login/pass word-1005",
		"a login's code, environment":      "login-from-env-1006",
		"a session's token":                "token-of-a-session-1007",
		"a cookie that a login sets":       "cookie-of-a-login-1008",
		"an answer's header of a sink":     "sink-answer-header-1009",
		"an answer's field of a sink":      "sink-answer-field-1010",
		"a header of a call to a sink":     "header-to-a-sink-1011",
		"a field of a curl line":           "field-of-a-line-1012",
		"a parameter of a curl line":       "parameter-of-a-line-1013",
		"a text in SQL":                    "text-in-sql-1014",
		"the password of a database":       password(t, d),
	}
}

// blabbing is a till that tells all that it was sent, in the spellings that services use, lets
// callers in, and calls a sink.
type blabbing struct {
	till    http.Handler
	secrets map[string]string
	sink    string
	mu      sync.Mutex
	seen    map[string]bool // kinds of secrets that were sent or received; protected by mu
}

// note notes which secrets a text holds, and returns their spellings.
func (b *blabbing) note(text string) (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for kind, v := range b.secrets {
		if strings.Contains(text, v) || strings.Contains(text, url.QueryEscape(v)) {
			b.seen[kind] = true
			out = append(out, spelt(v)...)
		}
	}
	return out
}

func (b *blabbing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	raw := r.URL.RawQuery + string(content)
	for _, values := range r.Header {
		raw += strings.Join(values, " ")
	}
	debug := b.note(raw)
	if r.URL.Path == "/login" {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: b.secrets["a cookie that a login sets"]})
		_, _ = fmt.Fprintf(w, `{"token":%q}`, b.secrets["a session's token"])
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(content)))
	seen := httptest.NewRecorder()
	b.till.ServeHTTP(seen, r)
	if r.URL.Path == "/charges" && seen.Code == http.StatusCreated {
		b.call(r.Header.Get("Idempotency-Key"))
	}
	var out map[string]any
	_ = json.Unmarshal(seen.Body.Bytes(), &out)
	if out == nil {
		out = map[string]any{}
	}
	out["debug"] = debug
	w.Header().Set("X-Debug", strings.ReplaceAll(strings.Join(debug, ","), "\n", ""))
	w.WriteHeader(seen.Code)
	_ = json.NewEncoder(w).Encode(out)
}

// call calls the sink, which listens while a run lasts.
func (b *blabbing) call(key string) {
	req, err := http.NewRequest(http.MethodPost, "http://"+b.sink+"/pay", strings.NewReader(`{}`))
	if err != nil {
		return
	}
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Authorization", "Bearer "+b.secrets["a header of a call to a sink"])
	if resp, err := http.DefaultClient.Do(req); err == nil {
		answer, _ := io.ReadAll(resp.Body)
		b.note(resp.Header.Get("X-Api-Token") + string(answer))
		_ = resp.Body.Close()
	}
}

// spelt are the spellings of a secret that are looked for.
func spelt(v string) []string {
	quoted, _ := json.Marshal(v)
	out := []string{
		v, url.QueryEscape(v), url.PathEscape(v), base64.StdEncoding.EncodeToString([]byte(v)),
		base64.RawURLEncoding.EncodeToString([]byte(v)), strings.Trim(string(quoted), `"`),
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// secretContract has all of them.
func secretContract(d databases.Database, s map[string]string, sink, literalDSN string) string {
	return fmt.Sprintf(`
version: 1
name: till
target:
  url: "http://till.test"
  timeout: 500ms
  headers: {Authorization: "Bearer %s", Cookie: "a=%s; lang=en", X-Team: "${TEAM}", X-Named: %q}
  secrets: [x-named]
session:
  login: [{path: /login, body: {user: me, password: %q, code: "${CODE}"}}]
  capture: {token: {body: token}}
  cookies: true
  headers: {X-Session: "{token}"}
key: {header: Idempotency-Key, required: true}
promises: {missing: [400], mismatch: [422]}
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}"}}
    id: id
    read_from: %s
    state: {spent: {field: spent, initial: 0}}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {decimal: {min: "0.01", max: "99.99"}}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    then: {account.spent: account.spent + amount}
    effects: [{ledger: charges, resource: account, fields: {amount: amount}}, {ledger: calls}]
ledgers:
  charges: {from: %s, per: account, key: idem, mark: note}
  calls: {from: {sink: {name: psp}}, key: key}
sinks:
  psp:
    listen: %s
    once_per: key
    answers: [{status: 200, headers: {X-Api-Token: %q}, body: {client_secret: %q}}]
`, s["a header"], s["a cookie"], s["a header that the contract names"], s["a login's password"],
		origin(literalDSN, d.Statement("SELECT Spent FROM accounts WHERE id = ?"), `, args: ["{id}"]`),
		origin("${DSN}", d.Statement("SELECT idem, note, amount FROM charges WHERE account = ?"),
			`, args: ["{id}"]`),
		sink, s["an answer's header of a sink"], s["an answer's field of a sink"])
}

// blab serves a blabbing till over the tables of a database, and a sink that is to come.
func blab(t *testing.T, d databases.Database, bug string, b *blabbing) string {
	t.Helper()
	b.till = &till.Till{DB: d.DB, Numbered: d.Numbered, Bug: bug}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return server.URL
}

// literally is the DSN of a PostgreSQL with its password as a parameter.
func literally(t *testing.T, d databases.Database) string {
	t.Helper()
	at, err := url.Parse(d.DSN)
	require.NoError(t, err)
	q := at.Query()
	q.Set("password", password(t, d))
	q.Set("user", at.User.Username())
	return (&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path, RawQuery: q.Encode()}).String()
}

// TestNoSecretOfAnyKindIsAnywhere: whatever verb runs, no secret of any kind is in any byte of what it
// prints and saves.
func TestNoSecretOfAnyKindIsAnywhere(t *testing.T) {
	t.Parallel()
	d := databases.Empty(t, "postgresql")
	require.NoError(t, (&till.Till{DB: d.DB}).Prepare(t.Context()))
	secrets, literal, all := everySecret(t, d), literally(t, d), t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	told := &blabbing{secrets: secrets, seen: map[string]bool{}, sink: free.Addr().String()}
	twice := &blabbing{secrets: secrets, seen: map[string]bool{}, sink: told.sink}
	right, wrong := blab(t, d, "", told), blab(t, d, "doubles", twice)
	f := file(t, "idemcheck.yaml", secretContract(d, secrets, told.sink, literal))
	env := invocation{t.Context(), map[string]string{
		"DSN": d.DSN, "TEAM": secrets["a header from the environment"],
		"CODE": secrets["a login's code, environment"],
	}, t}
	verb := func(want int, args ...string) {
		t.Helper()
		got := env.run(t, args...)
		if args[0] != "conformance" || got.code != exitUnknown { // it may be unable to read a database
			require.Equal(t, want, got.code, "%s: %s%s", args, got.out, got.err)
		}
		requireSecretless(t, secrets, args[0], got.out+got.err)
	}
	out := func(name string) string { return filepath.Join(all, name) }
	run := func(args ...string) []string { return brief(append(args, "--no-progress")...) }
	verb(exitValid, "check", f, "--target", right, "--no-progress")
	verb(exitValid, run("run", f, "--target", right, "-v", "--keep-going", "--out", out("valid"))...)
	for _, format := range session.Formats {
		verb(exitInvalid, run("run", f, "--target", wrong, "--format", format, "--out", out(format))...)
	}
	verb(exitInvalid, "judge", filepath.Join(out("text"), "history.jsonl"))
	verb(exitInvalid, "show", filepath.Join(out("text"), "verdict.json"))
	verb(exitInvalid, "replay", filepath.Join(out("text"), "counterexample", "plan.json"), "-f", f,
		"--target", wrong, "--no-progress", "--out", out("replay"))
	verb(exitInvalid, "conformance", f, "--target", wrong, "--no-progress")
	line := secretLine(wrong, secrets)
	for _, format := range []string{"text", "json"} {
		verb(exitInvalid, "race", line, "-n", "3", "--settle", "20ms", "--repeat", "1", "--format", format,
			"--sql", "SELECT idem, note FROM charges", "--dsn", literal)
	}
	verb(exitUsage, "race", line, "--dsn", "${DSN}",
		"--sql", "SELECT FROM WHERE api_token = '"+secrets["a text in SQL"]+"'")
	verb(exitValid, "init", "-f", out("written.yaml"), "--curl", line, "--dsn", literal,
		"--sql", "SELECT idem FROM charges")
	requireTold(t, secrets, told, twice)
	requireSecretlessFiles(t, secrets, all)
}

// secretLine is a curl line with secrets.
func secretLine(at string, s map[string]string) string {
	return "curl '" + at + "/charges?access_token=" + s["a parameter of a curl line"] +
		"' -H 'Idempotency-Key: k-4711' -H 'Authorization: Bearer " + s["a header"] + "' -b 'sid=" +
		s["a cookie"] + `' -H "X-Team: $TEAM" -d '{"account":"acc0","amount":"5.00","note":"x",` +
		`"password":"` + s["a field of a curl line"] + `"}'`
}

// requireTold asserts that services and sinks were told the secrets that are meant for them.
func requireTold(t *testing.T, secrets map[string]string, by ...*blabbing) {
	t.Helper()
	nobodys := []string{
		"a header of a call to a sink", "a text in SQL", "the password of a database",
	}
	for kind := range secrets {
		known := slices.ContainsFunc(by, func(b *blabbing) bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.seen[kind]
		})
		require.True(t, known || slices.Contains(nobodys, kind), "nobody was told %s", kind)
	}
}

// requireSecretlessFiles asserts that no file of a folder holds a secret.
func requireSecretlessFiles(t *testing.T, secrets map[string]string, dir string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
			requireSecretless(t, secrets, path, text(t, path))
		}
		return err
	}))
	require.Greater(t, files, 12)
}

// requireSecretless asserts that a text holds no secret in any spelling.
func requireSecretless(t *testing.T, secrets map[string]string, name, text string) {
	t.Helper()
	for _, kind := range slices.Sorted(maps.Keys(secrets)) {
		for _, v := range spelt(secrets[kind]) {
			if i := strings.Index(text, v); i >= 0 {
				t.Errorf("%s shows %s as %q: … %s", name, kind, v, text[max(0, i-80):i+len(v)])
				break
			}
		}
	}
}
