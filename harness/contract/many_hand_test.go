package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// badByHand are contracts that would send what is not well-formed, or never end.
func badByHand(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{
		"needs that double": needy(40),
		"needs that double, used": strings.Replace(needy(40), "resource: account",
			"resource: type0", 1),
		"a circle of a thousand":           circle(1000),
		"a thousand operations, all wrong": thousand(" {"),
		"aliases that double":              bomb(),
		"deep brackets":                    everyField + "extra: " + strings.Repeat("[", 5000) + "\n",
		"deep lists":                       everyField + "extra:\n  " + strings.Repeat("- ", 5000) + "x\n",
		"deep by aliases":                  deepAliases(),
		"one long line":                    everyField + "extra: " + strings.Repeat("x", 100_000) + "\n",
		"a long name":                      everyField + strings.Repeat("x", 50_000) + ": 1\n",
		"escape in a name":                 with(t, "  charge:", `  "char\e[31mge":`, "X-Team:", `"X\e":`),
		"override of direction":            everyField + "extra\u202e: \u2066y\n",
		"header twice": with(t, "X-Team: payments",
			"X-Team: payments\n    x-team: others"),
		"number of many digits": with(t, "max: 9", "max: "+strings.Repeat("9", 10_000)),
		"range without end": with(t, "min: 1\n", "min: -9223372036854775807\n", "max: 9",
			"max: 9223372036854775807"),
		"UTF-16": "\xff\xfev\x00e\x00r\x00s\x00i\x00o\x00n\x00",
		"empty":  "", "only a comment": "# nothing\n", "a list": "- 1\n",
		"a text": "hello\n",
	}
	for field, wrong := range wrongValues() {
		line := lineOf(t, field)
		for _, value := range wrong {
			name, _, _ := strings.Cut(line, ": ")
			out[fmt.Sprintf("%s: %.40q", field, value)] = with(t, "\n"+line+"\n", "\n"+name+": "+value+"\n")
		}
	}
	for _, header := range []string{
		"Content-Length: 5", "content-length: 5", "Transfer-Encoding: chunked", "Host: elsewhere",
		"Connection: close",
		"Expect: 100-continue", "Upgrade: h2c", "TE: trailers", "Trailer: X", "Keep-Alive: x",
		"Proxy-Connection: x",
		"Idempotency-Key: mine", "idempotency-key: mine", `X-Bad: "a\r\nX-Evil: 1"`, `X-Bad: "a\nb"`,
		`X-Bad: "\0"`,
		`X-Bad: "\e[31m"`, `X-Bad: " a"`, `X-Bad: "a "`, `"X Bad": a`, `"X-Bad\r\nY": a`, `"": a`, "X-Bäd: a",
	} {
		for where, line := range map[string]string{
			"target": "    X-Team: payments", "tenant": "      Authorization: Bearer ${ALPHA:-a}",
			"operation": "      X-Attempt: a-{attempt}",
		} {
			indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
			out[where+" header "+header] = with(t, line, line+"\n"+indent+header)
		}
	}
	return out
}

// wrongValues are values that a field cannot have.
func wrongValues() map[string][]string {
	paths := []string{
		`"/a\r\nX-Evil: 1"`, `"/a\nb"`, "/a b", `"/a#b"`, `"/a\0"`, `"/a\tb"`, `"/a\e"`, "/ä", `"/a\"b"`,
		"/a<b", "/a|b", "/a^b",
		`'/a\b'`, "/a`b", "/a%zz", "/a%", "/a?b=c d", "a", `""`, "/{nobody}", `"/{"`, "http://elsewhere/a",
	}
	durations := []string{
		"999999h999999h", "2000000h", "-1s", "5", "soon", "1e9s", "9999999999999999999h",
		`"1s\n"`, "[1s]",
	}
	return map[string][]string{
		"target.url": {
			"http://127.0.0.1:99999", "http://127.0.0.1:0", "http://127.0.0.1:x", "http://me:pw@127.0.0.1",
			"http://me@127.0.0.1",
			"ftp://127.0.0.1", "127.0.0.1:80", "http://", "http:///x", "//x", "http://:80", "file:///etc/passwd",
			"unix://x", "unix:", "unix://",
			"http://127.0.0.1/?a=b", `"http://127.0.0.1/#a"`, `"http://127.0.0.1/\r\nX: 1"`, `"http://a b/"`,
			"http://[::1", "http://%zz/",
		},
		"charge.path": paths, "banks.path": paths, "entries.path": paths,
		"lookup": slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == `""` }), // means none
		"method": {
			"post", `"PO ST"`, `"POST\r\n"`, "CONNECT", "TRACE", `"GET /x HTTP/1.1\r\n\r\n"`,
			"ÖL",
		},
		"target.timeout": durations,
		"recovery":       durations,
		"settle":         durations,
		"retention":      durations,
		"key.max_length": {"-1", "99999999999", "x", "1.5", "true"},
		"key.min_length": {"-1", "256", "99999999999", "x", "1.5", "true"},
		"key.pattern": {
			`"("`, `"[a-z]{3}"`, `"x|y"`, `"a{2,1}"`, `"(?=x)[a-z]{30}"`, `"[a-z]{300}"`, `"[0-9]{9}"`, "[x]",
			`"(a|b){1001}"`, `"[a-z ]{30}\"x"`, `"^[é]{200}$"`, `"((((()*)*)*)*)*"`,
		},
		"key.empty":         {"refuse", "missing", "[none]", "true", "1"},
		"promises.too_long": {"[0]", "[99]", "[600]", "[x]", "414", "true"},
		"max_rate":          {"-1", "x", "1.5", "[1]"},
		"key.header":        {`"X Y"`, `"X\r\nY"`, `"X:"`, "X-Ü"},
		"charge.ok":         {"[0]", "[99]", "[600]", "[99999999999999999999]", "[x]", "201", "[409]", "[]"},
		"promises.replay":   {"same", "[a]", "x"},
		"failures":          {"x", "replay", "executed", "replayed", "[refused]", "{a: b}"},
		"failed":            {"[]", "[0]", "[600]", "[201]", "[x]", "409", "{a: 1}"},
		"replay_body":       {"id", "amount", "a.b", `"a b"`, `"\e"`, "[data]", "{a: b}", "/data"},
		"fails_when":        wrongFailures(),
		"charge.when": {
			"1", "account.balance", "mark", "account.balance >= mark", "nobody > 1", "account.nobody > 1", "((",
			`"all(1..1000000000, # > 0)"`,
			"now().Year() > 1", "amount in 1..account.balance", `"repeat(mark, 1000000000) != mark"`, "amount >",
			`"reduce([1], #acc + #, 0) > 0"`,
		},
		"charge.then": {
			`"'text'"`, "mark", "key", "true", "nil", `"[1]"`, `"{}"`, `"amount > 3 ? 7 : mark"`, "account",
			"account.balance > 1",
			`"let x = mark; x"`, "string(amount)", `"[amount, 1][:1]"`,
		},
	}
}

// wrongFailures are values that fails_when cannot have.
func wrongFailures() []string {
	out := []string{
		"666", "[x]", "{amount: 666}", "[{}]", "[{answers: [500]}]", "[{args: {amount: 666}}]",
		"[{args: {amount: 666}, answers: [500], effect: after}]",
	}
	for _, args := range []string{
		"{amount: x}", "{amount: 1.5}", "{amount: [666]}", "{amount: {a: 1}}", "{amount: null}",
		"{amount: true}", "{account: a}", "{nobody: 1}", "{mark: x}", "{}", "666", "[amount]",
	} {
		out = append(out, "[{args: "+args+", answers: [500]}]")
	}
	for _, answers := range []string{
		"[]", "[0]", "[99]", "[600]", "[200]", "[302]", "[201]", "[402]", "[409]", "[422]", "[x]", "500",
		"[500, 201]", "[1.5]", "{a: 500}",
	} {
		out = append(out, "[{args: {amount: 666}, answers: "+answers+"}]")
	}
	return out
}

// lineOf finds the line of a field, by its name, or by a path or a name above it.
func lineOf(t *testing.T, field string) string {
	t.Helper()
	text := map[string]string{
		"target.url": "  url: ", "charge.path": "    path: /accounts/{account}/charges",
		"banks.path":   "      path: /banks",
		"entries.path": "    path: /accounts/{id}/entries", "lookup": "      lookup: ",
		"method":         "    method: ",
		"target.timeout": "  timeout: ", "recovery": "  recovery: ", "settle": "  settle: ",
		"retention":      "  retention: ",
		"key.max_length": "  max_length: ", "key.min_length": "  min_length: ",
		"key.pattern": "  pattern: ", "key.empty": "  empty: ", "promises.too_long": "  too_long: ",
		"max_rate": "  max_rate: ", "key.header": "  header: ",
		"failures": "  failures: ", "failed": "  failed: ", "replay_body": "  replay_body: ",
		"fails_when": "    fails_when: ",
		"charge.ok":  "    ok: ", "promises.replay": "  replay: ", "charge.when": "    when: ",
		"charge.then": "      account.balance: ",
	}[field]
	for line := range strings.Lines(everyField) {
		if strings.HasPrefix(line, text) {
			return strings.TrimSuffix(line, "\n")
		}
	}
	t.Fatalf("no line for %s", field)
	return ""
}

// with replaces pieces of the good contract.
func with(t *testing.T, pairs ...string) string {
	t.Helper()
	out := everyField
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, out, pairs[i])
		out = strings.Replace(out, pairs[i], pairs[i+1], 1)
	}
	return out
}

// needy has n types that need the next one twice.
func needy(n int) string {
	var b strings.Builder
	b.WriteString("resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  type%d:\n    create: {path: /x}\n    id: id\n", i)
		if i < n-1 {
			fmt.Fprintf(&b, "    needs: {a: type%d, b: type%d}\n", i+1, i+1)
		}
	}
	return strings.Replace(everyField, "resources:\n", b.String(), 1)
}

func circle(n int) string {
	var b strings.Builder
	b.WriteString("resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  type%d: {create: {path: /x}, id: id, needs: {a: type%d}}\n", i, (i+1)%n)
	}
	return strings.Replace(everyField, "resources:\n", b.String(), 1)
}

func thousand(wrong string) string {
	var b strings.Builder
	b.WriteString("operations:\n")
	for i := range 1000 {
		fmt.Fprintf(&b,
			"  op%d:\n    path: /p%s\n    ok: [201]\n    effects:\n      - ledger: entries\n", i, wrong)
	}
	return strings.Replace(everyField, "operations:\n", b.String(), 1)
}

func bomb() string {
	var b strings.Builder
	b.WriteString("name: &a0 [x, x]\n")
	for i := range 60 {
		fmt.Fprintf(&b, "n%d: &a%d [*a%d, *a%d]\n", i, i+1, i, i)
	}
	return strings.Replace(everyField, "name: everything\n", b.String(), 1)
}

func deepAliases() string {
	var b strings.Builder
	b.WriteString("name: &a0 [x]\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "n%d: &a%d [*a%d]\n", i, i+1, i)
	}
	return strings.Replace(everyField, "name: everything\n", b.String(), 1)
}
