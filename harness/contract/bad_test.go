package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// bad is a spoilt contract: what is changed, and what the error must show. The caret stands below
// the first character of under, on the line that is given.
type bad struct {
	name, old, replacement string
	line                   int
	under                  string
	message, advice        string
}

func TestParseBad(t *testing.T) {
	for _, tc := range badContracts() {
		t.Run(tc.name, func(t *testing.T) {
			_, err := contract.Parse("idemcheck.yaml", []byte(spoil(t, tc.old, tc.replacement)))
			var e *contract.Error
			require.ErrorAs(t, err, &e)
			require.Contains(t, e.Message, tc.message)
			require.Contains(t, e.Advice, tc.advice)
			require.NotEmpty(t, e.Advice)
			require.Equal(t, tc.line, e.Line, e.Error())
			require.Equal(t, tc.under, underCaret(t, e.Excerpt, len(tc.under)), e.Error())
			require.Contains(t, err.Error(), "idemcheck.yaml:")
			require.Contains(t, err.Error(), "next: ")
		})
	}
}

// underCaret returns the n characters above the caret of an excerpt.
func underCaret(t *testing.T, excerpt string, n int) string {
	t.Helper()
	lines := strings.Split(excerpt, "\n")
	for i, line := range lines {
		if strings.HasSuffix(line, "^") {
			from := len(line) - 1
			require.GreaterOrEqual(t, len(lines[i-1]), from, excerpt)
			return lines[i-1][from:min(from+n, len(lines[i-1]))]
		}
	}
	t.Fatalf("no caret in %q", excerpt)
	return ""
}

func badContracts() []bad {
	return slices.Concat(badYAML(), badShapes(), badTops(), badKeys(), badAnswers(), badFailures(),
		badTemplates(),
		badLedgers(), badExpressions(), badContents(), badSessions(), badBefores())
}

func badShapes() []bad {
	return []bad{
		{
			"unknown field at the top", "operations:", "opration:", 11, "opration",
			`unknown field "opration"`, `did you mean "operations"?`,
		},
		{
			"unknown field inside", "    refused: [402]", "    refuse: [402]", 19, "refuse",
			`unknown field "refuse" in operations.charge`, `did you mean "refused"?`,
		},
		{
			"unknown scalar field", "dialect: stripe", "dialekt: stripe", 4, "dialekt",
			`unknown field "dialekt"`, `did you mean "dialect"?`,
		},
		{
			"text for a list", "ok: [201]", "ok: created", 18, "created",
			"operations.charge.ok must be a list", "write a list",
		},
		{
			"number for a list", "ok: [201]", "ok: 201", 18, "201",
			"operations.charge.ok must be a list, but is a number", "write it in brackets: [201]",
		},
		{
			"text in a list of numbers", "ok: [201]", "ok: [done]", 18, "done",
			"must be a whole number, but is text", "write a whole number",
		},
		{
			"list for a mapping", "operations:\n  charge:", "operations:\n  - charge:",
			11, "operations",
			"operations must be a mapping (lines of `name: value`), but is a list",
			"write a mapping",
		},
		{
			"number for a mapping", "target:\n  url: http://127.0.0.1:8080", "target: 7", 2, "7",
			"target must be a mapping", "write a mapping",
		},
		{
			"duration without unit", "dialect: stripe", "promises: {recovery: 5}", 4, "5",
			`"5" is not a duration`, "such as 200ms",
		},
		{
			"negative duration", "dialect: stripe", "promises: {recovery: -5s}", 4, "-5s",
			"cannot be negative", "positive duration",
		},
		{
			"text for true or false", "dialect: stripe", "key: {quoted: maybe}", 4, "maybe",
			"key.quoted must be true or false", "write true or false",
		},
		{
			"number out of range", "min: 1", "min: 99999999999999999999", 17, "9999",
			"whole number", "write a whole number",
		},
	}
}

func badYAML() []bad {
	return []bad{
		{
			"name twice", "dialect: stripe", "dialect: stripe\ndialect: ietf", 5, "dialect",
			"dialect", "remove or rename one of the two",
		},
		{
			"bracket left open", "ok: [201]", "ok: [201", 19, "refused",
			"not valid YAML", "here or just above",
		},
		{
			"second document", "ledgers:", "---\nledgers:", 26, "ledgers",
			"second document", "one contract per file",
		},
	}
}

func badTops() []bad {
	return []bad{
		{
			"version", "version: 1", "version: 2", 1, "2",
			"version 2 of the contract file is not supported", "write `version: 1`",
		},
		{
			"no version", "version: 1", "name: x", 1, "name",
			"does not say its version", "add the line `version: 1`",
		},
		{
			"dialect", "dialect: stripe", "dialect: strype", 4, "strype",
			`unknown dialect "strype"`, `did you mean "stripe"?`,
		},
		{
			"URL", "http://127.0.0.1:8080", "localhost:8080", 3, "localhost",
			"not an absolute http or https URL", "http://127.0.0.1:8080",
		},
		{
			"no URL", "url: http://127.0.0.1:8080", "timeout: 1s", 2, "target",
			"does not say where the service is", "add `url:",
		},
		{
			"environment in a URL", "http://127.0.0.1:8080", "http://${1}", 3, "http",
			"reference to the environment", "${NAME:-default}",
		},
	}
}

func badAnswers() []bad {
	return []bad{
		{
			"status", "ok: [201]", "ok: [201, 999]", 18, "999",
			"999 is not an HTTP status", "between 100 and 599",
		},
		{
			"no ok", "    ok: [201]\n", "", 12, "charge",
			"which answers mean success", "add the statuses",
		},
		{
			"refused and ok", "refused: [402]", "refused: [402, 201]", 19, "201",
			"201 cannot be in both refused and ok", "leave it in one",
		},
		{
			"in flight and ok", "ok: [201]", "ok: [201, 409]", 18, "409",
			"409 cannot be in both ok and promises.in_flight", "leave it in one",
		},
		{
			"done and ok", "dialect: stripe", "promises: {done: [201]}", 18, "201",
			"201 cannot be in both ok and promises.done", "leave it in one",
		},
		{
			"same body and ok", "dialect: stripe", "promises: {same_body: [201]}", 18, "201",
			"201 cannot be in both ok and promises.same_body", "leave it in one",
		},
		{
			"status of same body", "dialect: stripe", "promises: {same_body: [40]}", 4, "40",
			"40 is not an HTTP status", "between 100 and 599",
		},
		{
			"status of done", "dialect: stripe", "promises: {done: [4090]}", 4, "4090",
			"4090 is not an HTTP status", "between 100 and 599",
		},
		{
			"enumeration", "dialect: stripe", "promises: {errors: replay}", 4, "replay",
			`unknown value "replay"`, `did you mean "replayed"?`,
		},
	}
}

func badTemplates() []bad {
	return []bad{
		{
			"undeclared argument", `amount: "{amount}"`, `amount: "{amuont}"`, 14, `"{amuont}"`,
			"{amuont} is not declared", `did you mean "amount"?`,
		},
		{
			"environment in a body", `amount: "{amount}"`, `amount: "${AMOUNT}"`, 14, `"${AMOUNT}"`,
			"{AMOUNT} is not declared", "environment is only read in",
		},
		{
			"brace", `amount: "{amount}"`, `amount: "{amount"`, 14, `"{amount"`,
			"a brace does not enclose a name", "{{ for a literal brace",
		},
		{
			"undeclared resource", "resource: account}\n      amount",
			"resource: acount}\n      amount", 16, "acount",
			`there is no resource "acount"`, `did you mean "account"?`,
		},
		{
			"marker in a header", "path: /charges", ownHeader(`X-Own: "{mark}"`), 14, `"{mark}"`,
			"{mark} is not declared", "attempt",
		},
		{
			"secret header", "path: /charges", ownHeader("Authorization: Bearer x"), 14, "<redacted>",
			"is a secret", "target.headers",
		},
		{
			"bad header", "path: /charges", ownHeader(`"X Own": x`), 14, "x",
			"cannot be the name of a header", "bare name",
		},
		{
			"header of the key", "path: /charges", ownHeader("idempotency-key: x"), 14, "idempotency",
			"is the header of the key", "remove it",
		},
		{
			"attempt as an argument", "amount: {min: 1, max: 9}", "attempt: {min: 1, max: 9}", 17, "attempt",
			"meaning of its own", "choose another name",
		},
		{
			"argument without values", "{min: 1, max: 9}", "{}", 17, "amount",
			"has no values", "one_of",
		},
		{
			"reserved argument", "amount: {min: 1, max: 9}", "mark: {min: 1, max: 9}", 17, "mark",
			"meaning of its own", "choose another name",
		},
	}
}

// ownHeader is the path of an operation and one header.
func ownHeader(header string) string { return "path: /charges\n    headers: {" + header + "}" }

func badLedgers() []bad {
	return []bad{
		{
			"ledger without identity", "    mark: reference\n", "", 26, "entries",
			"does not say which operation", "add `key: FIELD`",
		},
		{
			"unknown ledger", "ledger: entries", "ledger: entry", 24, "entry",
			`there is no ledger "entry"`, "entries",
		},
		{
			"effect without resource", "{ledger: entries, resource: account}", "{ledger: entries}",
			24, "{", "read once per account", "add `resource:`",
		},
		{
			"effect of an unknown resource", "resource: account}\nledgers",
			"resource: acount}\nledgers", 24, "acount",
			"no resource \"acount\"", `did you mean "account"?`,
		},
		{
			"effect that cannot be attributed", `reference: "{mark}"`, "reference: fixed", 24, "{",
			"cannot tell whose effect", "put {mark} into its body",
		},
		{
			"path", "path: /charges", "path: charges", 13, "charges",
			"does not begin with a slash", "slash in front",
		},
		{
			"cycle", "    create: {path",
			"    needs: {parent: account}\n    create: {path", 7, "needs",
			"account needs account", "remove one of these needs",
		},
	}
}

func badExpressions() []bad {
	return []bad{
		{
			"unknown name", "account.balance >= amount", "account.balance >= amuont", 20, "amuont",
			`unknown name "amuont"`, `did you mean "amount"?`,
		},
		{
			"unknown variable", "when: account.balance >=",
			"when: account.balanc >=", 20, "account",
			`unknown name "account.balanc"`, `did you mean "account.balance"?`,
		},
		{
			"unknown name in quotes", "account.balance >= amount",
			`"account.balance >= amuont"`, 20, "amuont",
			`unknown name "amuont"`, `did you mean "amount"?`,
		},
		{
			"types", "account.balance >= amount", `account.balance >= "x"`, 20, "",
			"mismatched types", "correct the expression",
		},
		{
			"not a truth value", "account.balance >= amount",
			"account.balance + amount", 20, "account",
			"expected bool", "correct the expression",
		},
		{
			"syntax", "account.balance >= amount", "account.balance >= ", 20, "",
			"the expression is not right", "correct the expression",
		},
		{
			"clock", "account.balance >= amount", "now().Year() > 1", 20, "now",
			"now", "",
		},
		{
			"text for a number", "account.balance: account.balance - amount",
			"account.balance: \"'text'\"", 22, `"'text'`,
			"the expression is text, and the state variable is a number", "correct the variable's initial value",
		},
		{
			"text for a number in one case", "account.balance: account.balance - amount",
			`account.balance: "amount > 3 ? 7 : mark"`, 22, "mark",
			"the expression is text, and the state variable is a number", "an expression of that kind",
		},
		{
			"nothing for a number", "account.balance: account.balance - amount",
			"account.balance: nil", 22, "nil", "the expression is nothing", "an expression of that kind",
		},
		{
			"list for a number", "account.balance: account.balance - amount",
			`account.balance: "[amount]"`, 22, `"[amount]`, "the expression is a list",
			"an expression of that kind",
		},
		{
			"long range", "account.balance >= amount", `"all(1..1000000000, # > 0)"`, 20, "..1",
			"a range of more than 1000 numbers", "compare instead",
		},
		{
			"range in a range", "account.balance >= amount", `"all(1..999, all(1..999, # > 0))"`, 20, "..9",
			"a range of more than 1000 numbers", "compare instead",
		},
		{
			"open range", "account.balance >= amount", "amount in 1..account.balance", 20, "..a",
			"not fixed", "compare instead",
		},
		{
			"text that doubles", "account.balance >= amount",
			"let a = mark + mark; let b = a + a; let c = b + b; let d = c + c; d != mark", 20, "",
			"more than 3 let", "with fewer",
		},
		{
			"repeated text", "account.balance >= amount", "repeat(mark, 1000000) != mark", 20, "repeat",
			`unknown name "repeat"`, "use one of",
		},
		{
			"long expression", "account.balance >= amount",
			"amount" + strings.Repeat(" + amount", 200) + " > 0", 20, "",
			"exceeds maximum allowed nodes", "correct the expression",
		},
		{
			"then", "      account.balance: account",
			"      account.balanc: account", 22, "account.balanc",
			`"account.balanc" is not a state variable`, `did you mean "account.balance"?`,
		},
		{
			"argument in a lookup", "    when:",
			`    answer: {identity: id, lookup: "/charges/{account}"}` + "\n    when:", 20, `"/charges/{account}"`,
			"{account} is not declared", "identity",
		},
		{
			"resource in an answer", "    when:",
			"    answer: {fields: {who: account}}\n    when:", 20, "account",
			"the id of a resource cannot be compared", "leave this field out",
		},
		{
			"state in an effect", "resource: account}\nledgers",
			"resource: account, fields: {b: account.balance}}\nledgers", 24, "account.balance",
			`unknown name "account.balance"`, "",
		},
	}
}
