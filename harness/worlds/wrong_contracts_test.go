package worlds_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/lines"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/scenarios"
)

// wrongLine is one wrong line of a contract on a service that is right.
type wrongLine struct {
	name string
	// text is the whole contract, and at the number of its wrong line.
	text string
	at   int
	// says are beginnings of paths one of which may be named instead of the line, with blanks between
	// them.
	says string
}

// lineEdit is a mistake that is made in each line that holds a text, one after the other.
type lineEdit struct {
	old, wrong string
	// in is what the line must hold too, and says as in wrongLine.
	in, says string
}

// unseen is an operation that is refused whatever its lines say: those that say what it does when it
// is done are wrong without being seen.
const unseen = "overdraw"

// made makes a mistake in each line of a contract where it can be made.
func (e lineEdit) made(name, text string) []wrongLine {
	var out []wrongLine
	all := strings.Split(text, "\n")
	part := ""
	for i, l := range all {
		if name := strings.TrimSuffix(l, ":"); name != l && strings.HasPrefix(l, "  ") && l[2] != ' ' {
			part = strings.TrimSpace(name)
		}
		content, _, _ := strings.Cut(l, "# ")
		if part == unseen || strings.HasPrefix(strings.TrimSpace(l), "#") || !strings.Contains(content, e.old) ||
			!strings.Contains(content, e.in) {
			continue
		}
		broken := slices.Clone(all)
		broken[i] = strings.Replace(l, e.old, e.wrong, 1)
		out = append(out, wrongLine{
			name: fmt.Sprintf("%s line %d: %s", name, i+1, strings.TrimSpace(broken[i])),
			text: strings.Join(broken, "\n"), at: i + 1, says: e.says,
		})
	}
	return out
}

// referenceEdits are made in the contract of the reference service.
func referenceEdits() []lineEdit {
	return []lineEdit{
		// Signs, units and off by one.
		{old: ".balance - amount", wrong: ".balance + amount", in: ": "},
		{old: ".balance - amount", wrong: ".balance - amount - 1", in: ": "},
		{old: ".balance - amount", wrong: ".balance - amount * 100", in: ": "},
		{old: ".balance - amount", wrong: ".balance", in: ": "},
		{old: ".balance - more", wrong: ".balance - amount", in: ": "},
		{old: ".balance - more", wrong: ".balance + more", in: ": "},
		{old: ".balance + amount", wrong: ".balance - amount"},
		{old: ".balance + amount", wrong: ".balance + 2 * amount"},
		{old: ".balance + amount", wrong: ".balance + 1"},
		{
			old:   "charge.refunded: charge.refunded + amount",
			wrong: "charge.refunded: charge.refunded - amount",
		},
		{old: "charge.refunded: charge.refunded + amount", wrong: "charge.refunded: amount + 1"},
		{
			old:   "charge.refunded: charge.refunded + amount",
			wrong: `charge.refunded: charge.refunded`,
		},
		{old: "to.balance: to.balance + amount", wrong: "to.balance: from.balance + 2 * amount"},
		// Answer fields.
		{old: "amount: amount", wrong: "amount: amount + 1", in: "        amount"},
		{old: "amount: amount", wrong: "amount: string(amount)", in: "        amount"},
		{old: "amount: amount", wrong: "sum: amount", in: "        amount"},
		{old: "reference: mark", wrong: "reference: key", in: "        reference"},
		{old: "reference: mark", wrong: "ref: mark", in: "        reference"},
		{old: "order: order", wrong: "order: amount", in: "        order"},
		{old: "order: order", wrong: "data.order: order", in: "        order"},
		{
			old:   "balance: account.balance",
			wrong: "balance: account.balance + amount", in: "        balance",
		},
		{
			old:   "balance: account.balance",
			wrong: "account.balance: account.balance", in: "        balance",
		},
		{old: "balance: charge.account.balance", wrong: "balance: charge.refunded"},
		{old: "from_balance: from.balance", wrong: "from_balance: to.balance"},
		{old: "from_balance: from.balance", wrong: "fromBalance: from.balance"},
		{old: "to_balance: to.balance", wrong: "to_balance: from.balance"},
		{
			old:   "charges.0.balance: first.balance",
			wrong: "charges.0.balance: first.balance + amount",
		},
		{old: "charges.1.balance: second.balance", wrong: "charges.2.balance: second.balance"},
		// Names of what was made.
		{old: "identity: id", wrong: "identity: charge_id"},
		{old: "identity: id", wrong: "identity: data.id"},
		{old: "identity: id", wrong: "identity: ID"},
		{
			old:   "identity: id",
			wrong: "identity: charges", in: "identity", says: "operations. resources.",
		},
		{old: `lookup: "/v1/charges/{identity}"`, wrong: `lookup: "/v1/refunds/{identity}"`},
		{old: `lookup: "/v1/charges/{identity}"`, wrong: `lookup: "/v1/charges?id={identity}"`},
		{old: `lookup: "/v1/charges/{identity}"`, wrong: `lookup: "/charges/{identity}"`},
		// Statuses.
		{old: "ok: [201]", wrong: "ok: [200]", says: "resources."},
		{old: "ok: [201]", wrong: "ok: [202]", says: "resources."},
		{old: "ok: [201]", wrong: "ok: [204]", says: "resources."},
		// Paths and methods.
		{old: "path: /v1/", wrong: "path: /v2/", says: "resources."},
		{old: "path: /v1/", wrong: "path: /", says: "resources."},
		{old: "/v1/accounts/{id}", wrong: "/v1/account/{id}"},
		{old: "/v1/charges/{id}", wrong: "/v1/charges/{id}/state"},
		{old: "method: PATCH", wrong: "method: PUT", says: "operations.batch"},
		{old: "method: PATCH", wrong: "method: POST", says: "operations.batch"},
		{old: "method: POST", wrong: "method: PUT"},
		{old: "method: POST", wrong: "method: PATCH", says: "operations.charge"},
		// Bodies.
		{old: `amount: "{amount}"`, wrong: `sum: "{amount}"`, says: "operations. resources."},
		{old: `amount: "{amount}"`, wrong: `amount: "{amount}.00"`, says: "operations. resources."},
		{old: `reference: "{mark}"`, wrong: `ref: "{mark}"`, says: "operations. resources."},
		{
			old:   `account: "{account}"`,
			wrong: `account: "{account}x"`, says: "operations. resources.",
		},
		{old: `charge: "{charge}"`, wrong: `charge_id: "{charge}"`, says: "operations. resources."},
		{old: `from: "{from}"`, wrong: `from: "{to}"`, says: "operations. resources."},
		{old: `id: "{unique}"`, wrong: `name: "{unique}"`, says: "resources."},
		{old: `balance: 1000`, wrong: `balance: "1000"`, says: "resources."},
		{old: "amount: 400", wrong: "amount: 0", says: "resources."},
		// Resources.
		{old: "    id: id", wrong: "    id: uuid"},
		{old: "balance: {field: balance}", wrong: "balance: {field: available}"},
		{old: "balance: {field: balance}", wrong: "balance: {field: balance, initial: 100000}"},
		{
			old:   "balance: {field: balance}",
			wrong: "balance: {field: currency}", says: "operations. resources.",
		},
		{
			old:   "refunded: {field: refunded, initial: 0}",
			wrong: "refunded: {field: amount, initial: 0}",
		},
		{
			old:   "refunded: {field: refunded, initial: 0}",
			wrong: "refunded: {field: refunded, initial: 1}",
		},
		{
			old:   "refunded: {field: refunded, initial: 0}",
			wrong: "refunded: {field: refund.total, initial: 0}",
		},
		// Ledgers.
		{old: "items: effects", wrong: "items: data"},
		{old: "items: effects", wrong: "items: effects.items"},
		{old: "path: /v1/effects?account={id}", wrong: "path: /v1/effects/{id}"},
		{
			old:   "path: /v1/effects?account={id}",
			wrong: "path: /v1/effects?account=x{id}", says: "operations. resources.",
		},
		{old: "    mark: reference", wrong: "    mark: mark"},
		{old: "    key: key", wrong: "    key: idempotency_key"},
		{old: "    kind: kind", wrong: "    kind: type"},
		{old: "    id: id", wrong: "    id: item_id"},
		// Effects.
		{old: "kind: charge", wrong: "kind: payment"},
		{old: "kind: receipt", wrong: "kind: mail"},
		{old: "kind: refund", wrong: "kind: credit"},
		{old: "kind: debit", wrong: "kind: credit"},
		{old: "kind: credit", wrong: "kind: transfer"},
		{
			old:   "resource: first",
			wrong: "resource: second",
			in:    "ledger: effects", says: "operations.batch.effects operations.transfer.effects",
		},
		{
			old:   "resource: second",
			wrong: "resource: first",
			in:    "ledger: effects", says: "operations.batch.effects operations.transfer.effects",
		},
		{
			old:   "resource: from",
			wrong: "resource: to",
			in:    "ledger: effects", says: "operations.batch.effects operations.transfer.effects",
		},
		{old: "fields: {amount: amount,", wrong: "fields: {amount: amount + 1,"},
		{old: "fields: {amount: amount,", wrong: "fields: {sum: amount,"},
		{old: "fields: {amount: more,", wrong: "fields: {amount: amount,"},
		{old: "reference: mark}", wrong: "reference: key}"},
		// Conditions.
		{old: "when: account.balance >= amount", wrong: "when: account.balance < amount"},
		{old: "when: from.balance >= amount", wrong: "when: from.balance < amount"},
		{old: "when: charge.refunded + amount <= 400", wrong: "when: charge.refunded > 0"},
		// Keys.
		{old: "header: Idempotency-Key", wrong: "header: X-Request-Id", says: "key."},
		{old: "quoted: true", wrong: "quoted: false", says: "key."},
	}
}

// wrongContracts are all of them.
func wrongContracts(t *testing.T) []wrongLine {
	t.Helper()
	var out []wrongLine
	for _, e := range referenceEdits() {
		made := e.made("reference", string(examples.Reference))
		require.NotEmpty(t, made, "%q is in no line", e.old)
		out = append(out, made...)
	}
	return out
}

// everyWrong says that every day not all wrong contracts are tried but every so-manieth.
const everyWrong = 9

// TestWrongContractsAreNamed: a service that is right is not accused because of a mistake in its
// contract, and the line is named. Where the loader sees the mistake already, it names the line.
func TestWrongContractsAreNamed(t *testing.T) {
	all := wrongContracts(t)
	require.GreaterOrEqual(t, len(all), 150)
	list, err := scenarios.Named([]string{"no-fault-repeat", "lost-answers"})
	require.NoError(t, err)
	for i, w := range all {
		if i%sweep.Of(everyWrong, 1) != 0 {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			w.check(t, list)
		})
	}
	t.Logf("%d wrong contracts", len(all))
}

func (w wrongLine) check(t *testing.T, list []harness.Scenario) {
	c, err := contract.Parse("idemcheck.yaml", []byte(w.text))
	if err != nil {
		w.refused(t, err)
		return
	}
	delete(c.Tenants, "beta") // half of the work
	result, err := harness.Try(t, harness.Suite{
		Contract: c, Scenarios: list, Cases: 6, ShrinkBudget: -1,
	}, options(reference.Options{Work: 5 * time.Millisecond}))
	require.NoError(t, err)
	v := result.Verdict
	require.Equal(t, verdict.Unknown, v.Verdict, "%v %v", v.Violations, v.Reasons)
	require.NotEmpty(t, v.Mistakes, "%v", v.Reasons)
	places, err := lines.Parse("idemcheck.yaml", []byte(w.text))
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(v.Mistakes, func(m verdict.Mistake) bool {
		return places.Of(m.Path...).Line == w.at || slices.ContainsFunc(strings.Fields(w.says),
			func(path string) bool { return strings.HasPrefix(m.Line(), path) })
	}), "%d: %v", w.at, v.Reasons)
}

// refused: the loader's message stands at the wrong line, or at another and says where this one is:
// of two lines with one name it stands at the second.
func (w wrongLine) refused(t *testing.T, err error) {
	t.Helper()
	mistake, ok := errors.AsType[*contract.Error](err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, mistake.Advice, "%v", err)
	if mistake.Line != w.at {
		require.Contains(t, mistake.Error(), fmt.Sprintf("at [%d:", w.at))
	}
}
