package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/value"
)

// minimal is a good contract that the tables below spoil in one place each.
const minimal = `version: 1
target:
  url: http://127.0.0.1:8080
dialect: stripe
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}"}}
    read: {path: "/accounts/{id}"}
    state:
      balance: {field: balance, initial: 100}
operations:
  charge:
    path: /charges
    body: {account: "{account}", amount: "{amount}", reference: "{mark}"}
    args:
      account: {resource: account}
      amount: {min: 1, max: 9}
    ok: [201]
    refused: [402]
    when: account.balance >= amount
    then:
      account.balance: account.balance - amount
    effects:
      - {ledger: entries, resource: account}
ledgers:
  entries:
    path: /accounts/{id}/entries
    per: account
    mark: reference
`

func spoil(t *testing.T, old, replacement string) string {
	t.Helper()
	require.Contains(t, minimal, old)
	return strings.Replace(minimal, old, replacement, 1)
}

func TestParseGood(t *testing.T) {
	c, err := contract.Parse("idemcheck.yaml", []byte(minimal))
	require.NoError(t, err)
	require.Equal(t, time.Second, c.Target.Timeout.Std())
	require.Equal(t, 2*time.Second, c.Promises.Recovery.Std())
	require.Equal(t, "same-body", c.Promises.Replay)
	require.Equal(t, "refused", c.Promises.MismatchAnswer)
	require.Equal(t, "POST", c.Operations["charge"].Method)
	require.Equal(t, "GET", c.Resources["account"].Read.Method)
	require.Equal(t, "id", c.Resources["account"].ID)
	require.Equal(t, int64(100), c.Resources["account"].State["balance"].Initial)
}

func TestParseExample(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	require.Equal(t, 200*time.Millisecond, c.Target.Timeout.Std())
	require.Equal(t, []int{422}, c.Promises.Mismatch)
	require.ElementsMatch(t,
		[]string{"batch", "charge", "overdraw", "refund", "transfer"}, keys(c.Operations))
	_, err = contract.Compile(c)
	require.NoError(t, err)
}

func TestParsePythonExample(t *testing.T) {
	_, err := contract.Load("../../examples/python-orders/idemcheck.yaml")
	require.NoError(t, err)
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestDialects(t *testing.T) {
	for _, d := range contract.Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			src := spoil(t, "dialect: stripe", "dialect: "+d.Name)
			c, err := contract.Parse("idemcheck.yaml", []byte(src))
			require.NoError(t, err)
			require.Equal(t, d.Key, c.Key)
			require.Equal(t, d.Promises.InFlight, c.Promises.InFlight)
			require.Equal(t, d.Promises.Done, c.Promises.Done)
			require.NotEmpty(t, d.Summary)
		})
	}
}

func TestWrittenWinsOverDialect(t *testing.T) {
	src := spoil(t, "dialect: stripe", `dialect: stripe
key: {header: X-Key, quoted: true, max_length: 10}
promises:
  transient: []
  mismatch: [409]
  marker: {header: ""}
  retention: 1h`)
	c, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.NoError(t, err)
	require.Equal(t, "X-Key", c.Key.Header)
	require.True(t, *c.Key.Quoted)
	require.False(t, *c.Key.Required)
	require.Equal(t, 10, c.Key.MaxLength)
	require.Empty(t, c.Promises.Transient)
	require.Equal(t, []int{409}, c.Promises.Mismatch)
	require.Nil(t, c.Promises.ReplayMarker)
	require.Equal(t, value.Duration(time.Hour), c.Promises.Retention)
}

func TestParseShowsSeveralProblems(t *testing.T) {
	src := strings.Replace(spoil(t, "ok: [201]", "ok: [999]"), "path: /charges", "path: charges", 1)
	_, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.ErrorContains(t, err, "999 is not an HTTP status")
	require.ErrorContains(t, err, "does not begin with a slash")
}

func TestNothingToJudgeBy(t *testing.T) {
	src := "version: 1\ntarget: {url: http://localhost}\n" +
		"operations:\n  ping: {path: /ping, ok: [200]}\n"
	_, err := contract.Parse("idemcheck.yaml", []byte(src))
	var e *contract.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Message, "nothing to judge by")
	require.Equal(t, 3, e.Line)
}

func TestLongerCycle(t *testing.T) {
	src := spoil(t, "  account:\n    create", `  card:
    needs: {account: account}
    create: {path: /cards}
  account:
    needs: {card: card}
    create`)
	_, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.ErrorContains(t, err, "account needs card needs account")
}

func TestEmptyFiles(t *testing.T) {
	for _, src := range []string{"", "\n\n", "# only a comment\n", "---\n", "null\n"} {
		_, err := contract.Parse("idemcheck.yaml", []byte(src))
		var e *contract.Error
		require.ErrorAs(t, err, &e, "%q", src)
		require.Contains(t, e.Message, "empty", "%q", src)
		require.Contains(t, e.Advice, "idemcheck init")
		require.Equal(t, 1, e.Line)
		require.Contains(t, e.Excerpt, "^")
	}
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, err := contract.Load(path)
	var e *contract.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "none.yaml")
	require.Contains(t, e.Advice, "idemcheck init")
}

func TestExcerptHidesSecrets(t *testing.T) {
	src := spoil(t, "  url: http://127.0.0.1:8080", `  secrets: [X-Corp]
  headers:
    Authorization: Bearer s3cret
    X-Corp: s3cret
    X-Api-Key: >
      s3cret
    Cookie: ${COOKIE}
  url: nowhere`)
	_, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.ErrorContains(t, err, "<redacted>")
	require.ErrorContains(t, err, "Cookie: ${COOKIE}")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestAnchors(t *testing.T) {
	src := spoil(t, "    ok: [201]\n", "    ok: &done [201]\n") +
		"    kind: kind\n"
	src = strings.Replace(src, "ledgers:", `  again:
    path: /charges
    body: {reference: "{mark}"}
    ok: *done
ledgers:`, 1)
	c, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.NoError(t, err)
	require.Equal(t, []int{201}, c.Operations["again"].OK)
}

func TestManyAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("&a0 [x, x, x, x, x, x, x, x, x, x]")
	body := "    body:\n      l0: " + b.String() + "\n"
	for i := 1; i < 9; i++ {
		ref := "*a" + string(rune('0'+i-1))
		body += "      l" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) +
			" [" + strings.TrimSuffix(strings.Repeat(ref+", ", 10), ", ") + "]\n"
	}
	src := spoil(t,
		"    body: {account: \"{account}\", amount: \"{amount}\", reference: \"{mark}\"}\n", body)
	_, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.ErrorContains(t, err, "stands for more than")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add(examples.Reference)
	for _, seed := range []string{
		"a: &a [*a]", "version: 1\n<<: *x", "- 1\n- 2", "version: [",
		"operations: {a: {body: {b: *c}}}",
		"? {a: 1}\n: 2", "%YAML 1.2\n---\nversion: 1", "\t",
		"\xff\xfe", "version: !!str 1", "a: |\n  b\n c",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := contract.Parse("idemcheck.yaml", src)
		if err != nil {
			var e *contract.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, err.Error())
			return
		}
		_, err = contract.Compile(c)
		require.NoError(t, err)
	})
}

func TestTooDeep(t *testing.T) {
	for _, piece := range []string{"[", "{a: ", "- ", "? "} {
		_, err := contract.Parse("idemcheck.yaml", []byte(strings.Repeat(piece, 20_000)))
		require.ErrorContains(t, err, "nested too deeply", piece)
	}
	_, err := contract.Parse("idemcheck.yaml", make([]byte, 1<<20))
	require.ErrorContains(t, err, "larger than 256 KiB")
}

func TestOperationsMayHaveHeadersOfTheirOwn(t *testing.T) {
	src := spoil(t, "path: /charges", `path: /charges?at={attempt}
    headers: {X-Sent-At: "{attempt} {key}"}`)
	c, err := contract.Parse("idemcheck.yaml", []byte(src))
	require.NoError(t, err)
	charge := c.Operations["charge"]
	require.Equal(t, "{attempt} {key}", charge.Headers["X-Sent-At"])
	require.Contains(t, template.Sent(charge), "key")
	require.Contains(t, template.Sent(charge), "attempt")
	got, err := template.Headers(charge.Headers, template.Vars{"attempt": "a.1", "key": "k"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"X-Sent-At": "a.1 k"}, got)
	_, err = template.Headers(charge.Headers, template.Vars{"key": "k"})
	require.ErrorContains(t, err, "no value for {attempt}")
}

func TestAnEmptyHeaderWinsOverTheDialect(t *testing.T) {
	for key, want := range map[string]string{
		`key: {header: ""}`: "", "key: {header: }": "Idempotency-Key", "key: {max_length: 9}": "Idempotency-Key",
	} {
		c, err := contract.Parse("idemcheck.yaml", []byte(spoil(t, "dialect: stripe", "dialect: stripe\n"+key)))
		require.NoError(t, err)
		require.Equal(t, want, c.Key.Header)
	}
}
