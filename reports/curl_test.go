package reports

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/curl"
)

func shell(t *testing.T, doc Document) string {
	t.Helper()
	return render(t, func(w io.Writer) error { return Curl(w, doc) })
}

// seen is what a service saw of one curl command.
type seen struct{ method, path, body, secret, env, key string }

// run runs a script against a server and returns what the server saw, and what the script printed.
func run(t *testing.T, doc Document) ([]seen, string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	var mu sync.Mutex // guards got
	var got []seen
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, seen{
			r.Method, r.URL.Path, string(body), r.Header.Get("Authorization"), r.Header.Get("X-Env"),
			strings.Join(r.Header["Idempotency-Key"], "|"),
		})
	}))
	defer srv.Close()
	cmd := exec.CommandContext(t.Context(), "sh")
	cmd.Stdin = strings.NewReader(shell(t, doc))
	cmd.Env = append(cmd.Environ(), "BASE="+srv.URL, "AUTHORIZATION=Bearer real", "STAGE=it's $HOME",
		"X_API_KEY_RED=r", "X_API_KEY_BLUE=b")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return got, string(out)
}

func TestEachCommandHasATextOfItsOwn(t *testing.T) {
	doc := lostDocument()
	op := &doc.History.Operations[0]
	op.Path, op.Body = "/at/{attempt}", `{"token":"{attempt}"}`
	doc.Contract.Operations = map[string]model.OperationType{op.Type: {
		Headers: map[string]string{"X-Env": "{attempt} under {key}"},
	}}
	got, _ := run(t, doc)
	require.Regexp(t, `^/at/ic-\d+-a\.1$`, got[0].path)
	require.Regexp(t, `^{"token":"ic-\d+-a\.1"}$`, got[0].body)
	require.Regexp(t, `ic-\d+-a\.2`, got[1].body, "another attempt")
}

func TestScriptSendsWhatTheServiceSaw(t *testing.T) {
	got, out := run(t, lostDocument())
	require.Len(t, got, 3)
	require.Equal(t, got[0], got[1], "a retry is the same again")
	require.Equal(t, "/accounts/acc-7/charges", got[2].path)
	require.Equal(t, "Bearer real", got[0].secret)
	require.Equal(t, "it's $HOME", got[0].env)
	require.Regexp(t, `^"key-1f0c-\d{10}"$`, got[0].key)
	require.Regexp(t, `^\{"amount":5,"note":"it's mark-a-\d{10}"\}$`, got[0].body)
	require.Contains(t, out, "[a.1: 200]")
	require.Contains(t, out, "[a.2: 200]")
}

func TestScriptKeepsOrderAndHiddenDuplicates(t *testing.T) {
	got, out := run(t, tenantsDocument())
	require.Len(t, got, 6)
	require.Equal(t, got[0], got[1], "the network's duplicate")
	require.Contains(t, got[0].body, "mark-b")
	require.Contains(t, got[2].body, "mark-a")
	require.Contains(t, got[3].body, "mark-a", "the late arrival of a.1")
	require.Less(t, strings.Index(out, "[a.2:"), strings.Index(out, "[a.1:"))
}

func TestScriptSurvivesHostileText(t *testing.T) {
	doc := lostDocument()
	op := &doc.History.Operations[0]
	op.Body = "{\"x\":\"$(touch /nowhere) `id` ' \\\" \n\"}"
	op.Key = "a'; exit 3; '$(id)"
	got, _ := run(t, doc)
	require.Equal(t, op.Body, got[0].body)
	require.True(t, strings.HasPrefix(got[0].key, `"a'; exit 3; '$(id)-`), got[0].key)
}

// TestScriptHidesNothing: what a service put into an ID reaches the service again, and nobody's
// terminal on the way. The script is made of what can be seen.
func TestScriptHidesNothing(t *testing.T) {
	for _, body := range []string{
		"{\"x\":\"\x1b[31m\u009b2J\u202e it's 100 % \\\\\"}", "\x07", "%s\x01%%\\n\n\n", "\xff\xfe",
	} {
		doc := lostDocument()
		op := &doc.History.Operations[0]
		op.Body, op.CorrelationID = body, ""
		script := shell(t, doc)
		for _, r := range script {
			require.False(t, curl.Hidden(r), "%q in %q", r, script)
		}
		got, _ := run(t, doc)
		require.Equal(t, body, got[0].body)
	}
	require.Equal(t, `"$(printf '\033')"`, curl.Quote("\x00\x1b"))
}

func TestScriptSpellsMalformedKeys(t *testing.T) {
	long := strings.Repeat("k", 63)
	for style, want := range map[model.KeyStyle]string{
		model.KeyMissing: "", model.KeyEmpty: "", model.KeyUnterminated: `^"key$`,
		model.KeyTwoLines: `^"key"\|"key-2"$`,
		model.KeyBare:     `^key$`, model.KeySpaces: `^"key-\d{10}"$`,
		model.KeyParameters: `^"key";a=1$`, model.KeyNonASCII: `^k€y$`,
		model.KeyLong: `^"\d{10}k{53}"$`,
		model.KeyCase: `^"key-\d{10}"$`,
	} {
		doc := lostDocument()
		op := &doc.History.Operations[0]
		op.Key, op.KeyStyle, op.CorrelationID = "key", style, ""
		switch style {
		case model.KeyNonASCII:
			op.Key = "k€y"
		case model.KeyLong:
			op.Key = long
		case model.KeyMissing, model.KeyEmpty:
			op.Key = ""
		}
		got, _ := run(t, doc)
		require.Regexp(t, want, got[0].key, style)
		named := strings.Contains(shell(t, doc), "Idempotency-Key")
		require.Equal(t, style != model.KeyMissing, named, style)
	}
}

// TestScriptKeepsTheFormOfKeys: a fresh key is one that the service takes.
func TestScriptKeepsTheFormOfKeys(t *testing.T) {
	for _, tt := range []struct {
		form      model.Key
		key, want string
	}{
		{
			model.Key{Format: "uuid"},
			"0a1b2c3d-0a1b-4c3d-8a1b-0a1b2c3d4e5f",
			`^"0a1b2c3d-0a1b-4c3d-8a1b-\d{10}5f"$`,
		},
		{model.Key{Pattern: "order-[0-9a-f]{16}"}, "order-0a1b2c3d4e5f6a7b", `^"order-\d{10}5f6a7b"$`},
		{model.Key{Pattern: "[a-z]{20}"}, "abcdefghijklmnopqrst", `^"abcdefghijklmnopqrst"$`},
	} {
		doc := lostDocument()
		doc.Contract.Key.Format, doc.Contract.Key.Pattern = tt.form.Format, tt.form.Pattern
		doc.History.Operations[0].Key = tt.key
		got, _ := run(t, doc)
		require.Regexp(t, tt.want, got[0].key)
	}
}

func TestScriptSaysWhatCurlCannotMake(t *testing.T) {
	var tp tape
	tp.Operations = []model.Operation{pay("a", 0, "", "k")}
	tp.invoke(0, "a", 1)
	lost := fault.Fault{Kind: fault.RequestLost, Mode: fault.Close, Operation: "a", Attempt: 1}
	tp.fault(1, lost, true)
	tp.failed(2, "a", 1, "eof")
	tp.invoke(3, "a", 2)
	tp.add(4, model.Sent, "a", 2).Bytes = 12
	tp.add(5, model.ClockMoved, "", 0).Span = time.Hour
	tp.invoke(6, "a", 3)
	tp.sent(7, "a", 3)
	doc := invalid(document(judged(verdict.Invalid)), tp.History, "lost-effect")
	out := shell(t, doc)
	require.Contains(t, out, "# a.1 never reached the service: request-lost (close)")
	require.Contains(t, out, "cannot make it: a.2 reached the service as 12 bytes of a request.")
	require.Contains(t, out, "cannot make it: the service's clock moved by 1h0m0s.")
	require.NotContains(t, out, "send_a a.1\n")
	require.Contains(t, out, "send_a a.3\n")
	require.Contains(t, text(t, doc, TextOptions{}), "curl cannot make this happen: a.2 reached")
}

func TestScriptHangsUpWhereTheClientDid(t *testing.T) {
	var tp tape
	tp.Operations = []model.Operation{pay("a", 0, "", "k")}
	tp.invoke(0, "a", 1)
	tp.sent(1, "a", 1)
	gone := fault.Fault{Kind: fault.Disconnect, Mode: fault.Close, Operation: "a", Attempt: 1}
	tp.fault(200, gone, true)
	tp.failed(201, "a", 1, "timeout")
	tp.invoke(210, "a", 2)
	tp.sent(211, "a", 2)
	tp.answered(300, "a", 1, created("x"))
	tp.answered(310, "a", 2, created("y"))
	out := shell(t, invalid(document(judged(verdict.Invalid)), tp.History, "in-flight-execution"))
	lines := strings.Split(out, "\n")
	i := slices.Index(lines, "send_a a.1 -m 0.2 &")
	require.Positive(t, i, out)
	require.Equal(t, []string{"sleep 0.21", "send_a a.2 &", "wait"}, lines[i+1:i+4])
}

func TestWithoutHistoryThereIsNoScript(t *testing.T) {
	require.ErrorIs(t, Curl(io.Discard, validDocument()), ErrNoCounterexample)
}

func TestScriptSendsFormsAndPartsAsTheyWere(t *testing.T) {
	multipart := "--b1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nmark-a\r\n--b1--\r\n"
	for body, typ := range map[string]model.OperationType{
		"account=acc-7&note=mark-a": {Form: map[string]any{"account": "{account}", "note": "{mark}"}},
		"note: mark-a":              {Text: "note: {mark}"},
		multipart:                   {Multipart: map[string]any{"note": "{mark}"}},
	} {
		doc := lostDocument()
		op := &doc.History.Operations[0]
		op.Body, op.Path, op.Route = body, "/pay", "/pay"
		typ.Path, typ.Args = op.Route, doc.Contract.Operations[op.Type].Args
		doc.Contract.Operations = map[string]model.OperationType{op.Type: typ}
		got, out := run(t, doc)
		require.Equal(t, got[0], got[1])
		require.Regexp(t, "^"+strings.ReplaceAll(body, "mark-a", `mark-a-\d+`)+"$", got[0].body, out)
		says := map[bool]string{true: "form-urlencoded", false: "text/plain"}[typ.Form != nil]
		if typ.Multipart != nil {
			says = "multipart/form-data; boundary=b1"
		}
		require.Contains(t, shell(t, doc), says)
		if typ.Form != nil {
			require.Equal(t, "/accounts/acc-7/charges", got[len(got)-1].path, "the id is in the form")
		}
	}
}

func TestScriptReadsALedgerAsTheContractDoes(t *testing.T) {
	doc := lostDocument()
	doc.Contract.Ledgers = map[string]model.Ledger{"charges": {
		Path: "/search?v=1", Per: "account", CorrelationID: "note", Method: "POST",
		Query: map[string]any{"of": "{id}"}, Form: map[string]any{"account": "{id}", "all": true},
	}}
	require.Contains(t, shell(t, doc), `"$base"'/search?v=1&of=acc-7'`)
	got, _ := run(t, doc)
	last := got[len(got)-1]
	require.Equal(t, seen{
		"POST", "/search", "account=acc-7&all=true", last.secret, last.env, "",
	}, last)
}

func TestScriptCarriesASession(t *testing.T) {
	doc := lostDocument()
	op := &doc.History.Operations[0]
	op.Body = "csrf={session.csrf}&note=mark-a"
	doc.Contract.Operations = map[string]model.OperationType{op.Type: {
		Path: op.Route, Form: map[string]any{"csrf": "{session.csrf}", "note": "{mark}"},
	}}
	doc.Contract.Target.Headers = map[string]string{"X-Env": "x"}
	doc.Contract.Session = &exchange.SignIn{
		Login: exchange.Logins{
			{Method: "POST", Path: "/login", Form: map[string]any{"password": "${PASSWORD}"}},
		},
		Capture: map[string]exchange.Spot{"csrf": {Body: "c"}, "token": {Body: "t"}}, Cookies: true,
		Headers: map[string]string{"Authorization": "Bearer {token}"},
	}
	tenant := op.Tenant
	name := func(s string) string {
		if tenant != "" {
			s += "_" + strings.ToUpper(tenant)
		}
		return s
	}
	t.Setenv(name("SESSION_TOKEN"), "tok")
	t.Setenv(name("SESSION_CSRF"), "c1")
	t.Setenv(name("SESSION_JAR"), t.TempDir()+"/jar")
	got, _ := run(t, doc)
	require.Equal(t, "Bearer tok", got[0].secret)
	require.Regexp(t, `^csrf=c1&note=mark-a-\d+$`, got[0].body)
	script := shell(t, doc)
	require.Contains(t, script, `--data-urlencode 'password='"${PASSWORD}"`)
	require.NotContains(t, script, "hunter2")
}
