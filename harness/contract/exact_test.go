package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/decimal"
)

// exactContract pays from a wallet; WHEN and THEN are its expressions.
const exactContract = `version: 1
name: wallet
target: {url: "http://wallet.test"}
key: {header: Idempotency-Key}
resources:
  wallet:
    create: {path: /wallets, body: {name: "{unique}"}}
    id: id
    read: {path: "/wallets/{id}"}
    state: {balance: {field: balance, initial: "1000.00"}, number: {field: number, initial: 3}}
operations:
  pay:
    path: /pay
    args:
      wallet: {resource: wallet}
      amount: {decimal: {min: "0.01", max: "999.99"}}
      count: {min: 1, max: 9}
      code: {text: {alphabet: "0123456789", min: 5}}
      parts: {list: {of: {decimal: {min: "0.1", max: "9.9"}}}}
    body: {wallet: "{wallet}", amount: "{amount}"}
    ok: [201]
    when: WHEN
    then: {wallet.balance: THEN}
`

// pays evaluates expressions for a payment of 2.50.
func pays(t *testing.T, when, then string) (after any, executed bool, err error) {
	t.Helper()
	text := strings.NewReplacer("WHEN", "'"+when+"'", "THEN", "'"+then+"'").Replace(exactContract)
	c, err := contract.Parse("idemcheck.yaml", []byte(text))
	require.NoError(t, err)
	compiled, err := contract.Compile(c)
	require.NoError(t, err)
	next, _, ok, err := compiled.Evaluate(
		model.State{"/w.balance": "1000.00", "/w.number": int64(3)},
		&model.Operation{ID: "a", Type: "pay", Args: map[string]any{
			"wallet": "/w", "amount": "2.50", "count": int64(3), "code": "01234",
			"parts": []any{"0.1", "0.2"},
		}})
	return next["/w.balance"], ok, err
}

func TestExpressionsComputeExactly(t *testing.T) {
	for then, want := range map[string]any{
		`wallet.balance - amount`:               decimal.Exact("997.5"),
		`wallet.balance - amount * 3`:           decimal.Exact("992.5"),
		`0.1 + 0.2`:                             decimal.Exact("0.3"),
		`wallet.balance + sum(parts)`:           decimal.Exact("1000.3"),
		`round(amount * 2.9) / 100`:             decimal.Exact("0.07"),
		`-amount`:                               decimal.Exact("-2.5"),
		`floor(-amount)`:                        decimal.Exact("-3"),
		`ceil(amount) + abs(-amount)`:           decimal.Exact("5.5"),
		`round(-amount)`:                        decimal.Exact("-3"),
		`min(amount, 2.4) + max(amount, count)`: decimal.Exact("5.4"),
		`count * 2 + wallet.number`:             int64(9),
		`count % 2`:                             int64(1),
		`int(amount)`:                           int64(2),
		`amount > 2.49 ? amount : 0`:            decimal.Exact("2.5"),
		`code + "-" + string(amount) + "-" + string(count)`: "01234-2.50-3",
	} {
		after, _, err := pays(t, "true", then)
		require.NoError(t, err, then)
		require.Equal(t, want, after, then)
	}
}

func TestConditionsCompareDecimalsAsNumbers(t *testing.T) {
	for when, want := range map[string]bool{
		`amount == 2.5`: true, `amount != 2.5`: false, `amount in [1, 2.5]`: true,
		`amount not in [1, 2]`: true, `amount in 1..3`: false, `count in 1..3`: true,
		`wallet.balance >= amount`: true, `amount < count`: true, `amount <= 2.49`: false,
		`wallet.balance == 1000`: true, `code == "01234"`: true, `code != "1234"`: true,
		`amount >= 2.5 and not (count > 3)`: true, `any(parts, # > 0.1)`: true,
	} {
		_, executed, err := pays(t, when, "wallet.balance")
		require.NoError(t, err, when)
		require.Equal(t, want, executed, when)
	}
}

func TestWhatCannotBeComputedIsAnError(t *testing.T) {
	for then, want := range map[string]string{
		`wallet.balance / (count - 3)`: "divided by zero",
		`wallet.balance % count`:       "cannot be computed",
	} {
		_, _, err := pays(t, "true", then)
		require.ErrorContains(t, err, want, then)
	}
}

func TestParseBadArguments(t *testing.T) {
	decimal, text := `{decimal: {min: "0.01", max: "999.99"}}`, `{text: {alphabet: "0123456789", min: 5}}`
	list := `{list: {of: {decimal: {min: "0.1", max: "9.9"}}}}`
	for _, tc := range []struct{ old, replacement, message, advice string }{
		{decimal, `{decimal: {min: "0.01"}}`, "the numbers have no max", "write both"},
		{decimal, `{decimal: {min: "1e3", max: "2"}}`, "is no decimal number", "digits with a point"},
		{decimal, `{decimal: {min: "2", max: "1"}}`, "min is above max", "the smaller number"},
		{decimal, `{decimal: {min: "1", max: "2", as: money}}`, "money", "text"},
		{decimal, `{decimal: {min: "1", max: "2"}, min: 1, max: 2}`, "in two ways", "keep one"},
		{decimal, `{decimal: {min: "0", max: "0.0000000000001"}}`, "more than 12 digits", "fewer"},
		{decimal, `{decimal: {min: "0", max: "99999999999999.999999"}}`, "than can be counted", "fewer"},
		{text, `{text: {}}`, "by a pattern or an alphabet", "write one of them"},
		{text, `{text: {pattern: "["}}`, "the pattern is not right", "RE2"},
		{text, `{text: {pattern: "^a+$"}}`, "begins or ends", "leave out"},
		{text, `{text: {pattern: "a+", min: 3}}`, "belong to an alphabet", "into the pattern"},
		{text, `{text: {alphabet: a, min: 3, max: 2}}`, "min is above max", "the smaller number"},
		{text, `{text: {alphabet: a, max: 100000}}`, "1000 at most", "fewer"},
		{list, `{list: {of: {resource: wallet}}}`, "cannot hold resources", "argument for each"},
		{list, `{list: {of: {}}}`, "has no values", "write"},
		{list, `{list: {of: {min: 1, max: 2}, max: 51}}`, "50 at most", "fewer"},
	} {
		bad := strings.NewReplacer("WHEN", "true", "THEN", "1", tc.old, tc.replacement).
			Replace(exactContract)
		require.Contains(t, bad, tc.replacement)
		_, err := contract.Parse("idemcheck.yaml", []byte(bad))
		var e *contract.Error
		require.ErrorAs(t, err, &e, tc.replacement)
		require.Contains(t, e.Message, tc.message)
		require.Contains(t, e.Advice, tc.advice)
		require.Positive(t, e.Line, e.Error())
	}
}
