package contract_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/sweep"
)

// everyField has a line for each kind of field, so that a mistake can be made in each line.
const everyField = `version: 1
name: everything
target:
  url: http://127.0.0.1:8080
  timeout: 200ms
  max_rate: 100
  headers:
    Accept: application/json
    X-Team: payments
tenants:
  alpha:
    headers:
      Authorization: Bearer ${ALPHA:-a}
key:
  header: Idempotency-Key
  max_length: 255
  min_length: 8
  pattern: "[a-z0-9-]{8,}"
  empty: refused
promises:
  malformed: [400]
  too_long: [414]
  mismatch: [422]
  in_flight: [409]
  transient: [429]
  replay: same-body
  recovery: 1s
  settle: 1s
  failures: refused
  failed: [410]
  replay_body: data
  retention: 24h
resources:
  bank:
    create:
      path: /banks
    id: id
  account:
    needs:
      bank: bank
    create:
      path: /banks/{bank}/accounts
      ok: [201]
    id: id
    read:
      path: /accounts/{id}
    state:
      balance:
        field: balance
        initial: 100
operations:
  charge:
    method: POST
    path: /accounts/{account}/charges
    headers:
      X-Attempt: a-{attempt}
    body:
      amount: "{amount}"
      reference: "{mark}"
    args:
      account:
        resource: account
      amount:
        min: 1
        max: 9
    ok: [201]
    refused: [402]
    fails_when: [{args: {amount: 666}, answers: [500, 502]}]
    answer:
      identity: id
      lookup: /charges/{identity}
      fields:
        amount: amount
    when: account.balance >= amount
    then:
      account.balance: account.balance - amount
    effects:
      - ledger: entries
        resource: account
        fields:
          amount: amount
ledgers:
  entries:
    path: /accounts/{id}/entries
    per: account
    items: entries
    key: key
    mark: reference
    id: id
`

// wrongLines are mistakes that are wrong in whatever line they are made: what becomes of name, value
// and the blanks before them.
func wrongLines() map[string]func(indent, name, value string) string {
	in := func(value string) func(string, string, string) string {
		return func(indent, name, _ string) string { return indent + name + ": " + value }
	}
	after := func(text string) func(string, string, string) string {
		return func(indent, name, value string) string { return indent + name + ": " + value + text }
	}
	return map[string]func(indent, name, value string) string{
		"NUL": after("\x00"), "ESC": after("\x1b[2J"), "BEL": after("\a"), "delete": after("\x7f"),
		"C1": after("\u009b"), "Latin-1": after("\xe9"), "surrogate": after("\xed\xa0\x80"),
		"byte order mark inside": after(" \ufeff"), "lone CR": after("\rx: y"),
		"alias of itself": in("&z [*z]"), "alias of itself below": in("&z {a: {b: *z}}"),
		"alias of nothing": in("*nowhere"), "open list": in("[201"), "open text": in(`"x`),
		"open mapping": in("{a: 1"), "two colons": in("a: b: c"),
		"twice": func(indent, name, value string) string {
			return strings.Repeat(indent+name+": "+value+"\n", 2)
		},
	}
}

// everyLine says that every day mistakes are made in one line of so many.
const everyLine = 4

// manyBad makes each of them in every so-manieth line.
func manyBad(every int) map[string]string {
	lines, out := strings.Split(strings.TrimSpace(everyField), "\n"), map[string]string{}
	for i, line := range lines {
		if i%every != 0 {
			continue
		}
		text := strings.TrimLeft(line, " ")
		name, value, _ := strings.Cut(text, ": ")
		if strings.HasPrefix(text, "- ") || strings.HasSuffix(text, ":") {
			continue
		}
		for what, wrong := range wrongLines() {
			broken := slices.Clone(lines)
			broken[i] = wrong(line[:len(line)-len(text)], name, value)
			out[fmt.Sprintf("%s in line %d", what, i+1)] = strings.Join(broken, "\n") + "\n"
		}
	}
	return out
}

func TestEveryFieldIsGood(t *testing.T) {
	for name, src := range map[string]string{
		"as it is": everyField, "with a byte order mark": "\ufeff" + everyField,
		"with the line ends of Windows": strings.ReplaceAll(everyField, "\n", "\r\n"),
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(src))
		require.NoError(t, err, name)
	}
}

// TestManyBadContracts: each is refused with a line, a caret and what to do, and nothing of it reaches
// the terminal raw.
func TestManyBadContracts(t *testing.T) {
	bad := manyBad(sweep.Of(everyLine, 1))
	maps.Copy(bad, badByHand(t))
	require.Greater(t, len(bad), sweep.Of(150, 300))
	slowest, which := time.Duration(0), ""
	for name, src := range bad {
		begun := time.Now()
		_, err := contract.Parse("idemcheck.yaml", []byte(src))
		if took := time.Since(begun); took > slowest {
			slowest, which = took, name
		}
		t.Run(name, func(t *testing.T) { refusedWell(t, name, err) })
	}
	t.Logf("%d bad contracts, the slowest (%s) in %v", len(bad), which, slowest)
}

// refusedWell checks what a refusal shows.
func refusedWell(t *testing.T, name string, err error) {
	t.Helper()
	first, ok := errors.AsType[*contract.Error](err)
	require.True(t, ok, "%s: accepted, or refused with %v", name, err)
	require.Positive(t, first.Line, "%s: %v", name, err)
	require.Contains(t, first.Excerpt, "^", "%s: %v", name, err)
	require.NotEmpty(t, first.Advice, "%s: %v", name, err)
	shown := err.Error()
	require.Less(t, len(shown), 16<<10, name)
	require.True(t, utf8.ValidString(shown), "%s: %q", name, shown)
	for _, r := range shown {
		require.True(t, r == '\n' || r == '\t' || unicode.IsPrint(r), "%s: %q in %q", name, r, shown)
	}
}
