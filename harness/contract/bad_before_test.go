package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// badBefores are mistakes in the steps before an operation, and in keys that the service makes.
func badBefores() []bad {
	return []bad{
		{
			"unknown field of a step", ordered, ordered + "\n    before: [{path: /carts, caption: {}}]", 19,
			"caption", `unknown field "caption"`, `did you mean "capture"?`,
		},
		{
			"a step without a path", ordered, ordered + "\n    before: [{body: {}}]", 19, "{body:",
			"the path is missing", "write the path",
		},
		{
			"a name that no step captured", ordered,
			ordered + "\n    before: [{path: \"/carts/{cart}\"}]", 19, `"/carts/{cart}"`,
			"{cart} is not declared", "",
		},
		{
			"a capture of a later step", ordered, ordered + "\n    before:\n" +
				"      - path: \"/carts/{cart}\"\n      - {path: /carts, capture: {cart: {body: id}}}", 20,
			`"/carts/{cart}"`, "{cart} is not declared", "",
		},
		{
			"a capture from nowhere", ordered,
			ordered + "\n    before: [{path: /carts, capture: {cart: {}}}]", 19, "cart",
			"write one of body, header, cookie, html and pattern", "`{body: access_token}`",
		},
		{
			"a capture with the name of an argument", ordered,
			ordered + "\n    before: [{path: /carts, capture: {amount: {body: id}}}]", 19, "amount",
			`"amount" is a name already`, "choose another name",
		},
		{
			"a capture twice", ordered, ordered + "\n    before:\n" +
				"      - {path: /carts, capture: {cart: {body: id}}}\n" +
				"      - {path: /carts, capture: {cart: {body: id}}}", 21, "cart",
			`"cart" is a name already`, "choose another name",
		},
		{
			"a step with an attempt", ordered, ordered + "\n    before: [{path: \"/carts/{attempt}\"}]", 19,
			`"/carts/{attempt}"`, "{attempt} is not declared", "",
		},
		{
			"a status of a step", ordered, ordered + "\n    before: [{path: /carts, ok: [2000]}]", 19, "2000",
			"2000 is not an HTTP status", "",
		},
		{
			"an unknown label", ordered, ordered + "\n    label: never", 19, "never",
			`unknown value "never" for operations.charge.label`, "one of",
		},
		{
			"a secret in a step", ordered,
			ordered + "\n    before: [{path: /carts, headers: {X-Token: abcdef}}]", 19, "<redacted>",
			`the value of "X-Token" is a secret`, "write it under target.headers",
		},
	}
}

// handing is a contract whose service makes the keys.
const handing = `version: 1
target: {url: "http://127.0.0.1:1"}
key: {header: Idempotency-Key, from: token}
operations:
  pay:
    path: /pay
    before: [{path: /tokens, capture: {token: {header: Location}}}]
    body: {note: "{mark}"}
    ok: [201]
    effects: [{ledger: payments}]
ledgers:
  payments: {path: /payments, mark: note}
`

func TestKeysThatTheServiceMakes(t *testing.T) {
	_, err := contract.Parse("idemcheck.yaml", []byte(handing))
	require.NoError(t, err)
	for _, tc := range []struct{ old, replacement, message string }{
		{"from: token", "from: key", `idemcheck.yaml:5:3: no step before the operation pay captures "key"`},
		{"from: token", "from: token, format: uuid", "nothing is to be said of their form"},
		{"header: Idempotency-Key, ", "", "pay does not send the key that key.from names"},
		{"path: /tokens", `path: "/tokens/{key}"`, "{key} is not declared"},
		{
			`body: {note: "{mark}"}`, `headers: {X-Cart: "{token}"}`,
			"{token} may be all that tells two operations apart here",
		},
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(replaced(t, handing, tc.old, tc.replacement)))
		require.ErrorContains(t, err, tc.message, tc.replacement)
	}
}

func replaced(t *testing.T, text, old, replacement string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.Replace(text, old, replacement, 1)
}

func TestWhatIsChosenOfTheCatalogue(t *testing.T) {
	for lines, message := range map[string]string{
		"faults: {exclude: [crash], weights: {slow: 3}}":      "",
		"scenarios: {include: [anything]}":                    "",
		"faults: {exclude: [crsh]}":                           `there is no kind of fault "crsh"`,
		"faults: {weights: {crsh: 2}}":                        `did you mean "crash"?`,
		"faults: {weights: {crash: 0}}":                       "the weight 0 of \"crash\" is not between",
		"faults: {include: [crash], exclude: [slow, crash]}":  `"crash" is in both include and exclude`,
		"scenarios: {weights: {lost-answers: 1000}}":          "the weight 1000",
		"scenarios: {include: [a], exclude: [a], weight: {}}": `did you mean "weights"?`,
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(handing+lines+"\n"))
		if message == "" {
			require.NoError(t, err, lines)
			continue
		}
		require.ErrorContains(t, err, message, lines)
		require.ErrorContains(t, err, "idemcheck.yaml:13", lines)
	}
}
