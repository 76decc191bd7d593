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

// lineEdit is what a text of a line may be mistaken for: each is put there in each line that holds
// the text, one after the other.
type lineEdit struct {
	old string
	// in is what the line must hold too, and says as in wrongLine.
	in, says string
	wrong    []string
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
		for _, wrong := range e.wrong {
			broken := slices.Clone(all)
			broken[i] = strings.Replace(l, e.old, wrong, 1)
			out = append(out, wrongLine{
				name: fmt.Sprintf("%s line %d: %s", name, i+1, strings.TrimSpace(broken[i])),
				text: strings.Join(broken, "\n"), at: i + 1, says: e.says,
			})
		}
	}
	return out
}

// referenceEdits are made in the contract of the reference service.
func referenceEdits() []lineEdit {
	return []lineEdit{
		// Signs, units and off by one.
		{
			old: ".balance - amount", in: ": ",
			wrong: []string{".balance + amount", ".balance - amount - 1", ".balance - amount * 100", ".balance"},
		},
		{old: ".balance - more", in: ": ", wrong: []string{".balance - amount", ".balance + more"}},
		{
			old:   ".balance + amount",
			wrong: []string{".balance - amount", ".balance + 2 * amount", ".balance + 1"},
		},
		{
			old: "charge.refunded: charge.refunded + amount",
			wrong: []string{
				"charge.refunded: charge.refunded - amount",
				"charge.refunded: amount + 1",
				`charge.refunded: charge.refunded`,
			},
		},
		{old: "to.balance: to.balance + amount", wrong: []string{"to.balance: from.balance + 2 * amount"}},
		// Answer fields.
		{
			old: "amount: amount", in: "        amount",
			wrong: []string{"amount: amount + 1", "amount: string(amount)", "sum: amount"},
		},
		{old: "reference: mark", in: "        reference", wrong: []string{"reference: key", "ref: mark"}},
		{old: "order: order", in: "        order", wrong: []string{"order: amount", "data.order: order"}},
		{
			old: "balance: account.balance", in: "        balance",
			wrong: []string{"balance: account.balance + amount", "account.balance: account.balance"},
		},
		{old: "balance: charge.account.balance", wrong: []string{"balance: charge.refunded"}},
		{
			old:   "from_balance: from.balance",
			wrong: []string{"from_balance: to.balance", "fromBalance: from.balance"},
		},
		{old: "to_balance: to.balance", wrong: []string{"to_balance: from.balance"}},
		{old: "charges.0.balance: first.balance", wrong: []string{"charges.0.balance: first.balance + amount"}},
		{old: "charges.1.balance: second.balance", wrong: []string{"charges.2.balance: second.balance"}},
		// Names of what was made.
		{old: "identity: id", wrong: []string{"identity: charge_id", "identity: data.id", "identity: ID"}},
		{
			old: "identity: id", in: "identity", says: "operations. resources.",
			wrong: []string{"identity: charges"},
		},
		{
			old: `lookup: "/v1/charges/{identity}"`,
			wrong: []string{
				`lookup: "/v1/refunds/{identity}"`,
				`lookup: "/v1/charges?id={identity}"`,
				`lookup: "/charges/{identity}"`,
			},
		},
		// Statuses.
		{old: "ok: [201]", says: "resources.", wrong: []string{"ok: [200]", "ok: [202]", "ok: [204]"}},
		// Paths and methods.
		{old: "path: /v1/", says: "resources.", wrong: []string{"path: /v2/", "path: /"}},
		{old: "/v1/accounts/{id}", wrong: []string{"/v1/account/{id}"}},
		{old: "/v1/charges/{id}", wrong: []string{"/v1/charges/{id}/state"}},
		{old: "method: PATCH", says: "operations.batch", wrong: []string{"method: PUT", "method: POST"}},
		{old: "method: POST", wrong: []string{"method: PUT"}},
		{old: "method: POST", says: "operations.charge", wrong: []string{"method: PATCH"}},
		// Bodies.
		{
			old: `amount: "{amount}"`, says: "operations. resources.",
			wrong: []string{`sum: "{amount}"`, `amount: "{amount}.00"`},
		},
		{old: `reference: "{mark}"`, says: "operations. resources.", wrong: []string{`ref: "{mark}"`}},
		{old: `account: "{account}"`, says: "operations. resources.", wrong: []string{`account: "{account}x"`}},
		{old: `charge: "{charge}"`, says: "operations. resources.", wrong: []string{`charge_id: "{charge}"`}},
		{old: `from: "{from}"`, says: "operations. resources.", wrong: []string{`from: "{to}"`}},
		{old: `id: "{unique}"`, says: "resources.", wrong: []string{`name: "{unique}"`}},
		{old: `balance: 1000`, says: "resources.", wrong: []string{`balance: "1000"`}},
		{old: "amount: 400", says: "resources.", wrong: []string{"amount: 0"}},
		// Resources.
		{old: "    id: id", wrong: []string{"    id: uuid"}},
		{
			old:   "balance: {field: balance}",
			wrong: []string{"balance: {field: available}", "balance: {field: balance, initial: 100000}"},
		},
		{
			old: "balance: {field: balance}", says: "operations. resources.",
			wrong: []string{"balance: {field: currency}"},
		},
		{
			old: "refunded: {field: refunded, initial: 0}",
			wrong: []string{
				"refunded: {field: amount, initial: 0}",
				"refunded: {field: refunded, initial: 1}",
				"refunded: {field: refund.total, initial: 0}",
			},
		},
		// Ledgers.
		{old: "items: effects", wrong: []string{"items: data", "items: effects.items"}},
		{old: "path: /v1/effects?account={id}", wrong: []string{"path: /v1/effects/{id}"}},
		{
			old: "path: /v1/effects?account={id}", says: "operations. resources.",
			wrong: []string{"path: /v1/effects?account=x{id}"},
		},
		{old: "    mark: reference", wrong: []string{"    mark: mark"}},
		{old: "    key: key", wrong: []string{"    key: idempotency_key"}},
		{old: "    kind: kind", wrong: []string{"    kind: type"}},
		{old: "    id: id", wrong: []string{"    id: item_id"}},
		// Effects.
		{old: "kind: charge", wrong: []string{"kind: payment"}},
		{old: "kind: receipt", wrong: []string{"kind: mail"}},
		{old: "kind: refund", wrong: []string{"kind: credit"}},
		{old: "kind: debit", wrong: []string{"kind: credit"}},
		{old: "kind: credit", wrong: []string{"kind: transfer"}},
		{
			old: "resource: first", in: "ledger: effects",
			says:  "operations.batch.effects operations.transfer.effects",
			wrong: []string{"resource: second"},
		},
		{
			old: "resource: second", in: "ledger: effects",
			says:  "operations.batch.effects operations.transfer.effects",
			wrong: []string{"resource: first"},
		},
		{
			old: "resource: from", in: "ledger: effects",
			says:  "operations.batch.effects operations.transfer.effects",
			wrong: []string{"resource: to"},
		},
		{
			old:   "fields: {amount: amount,",
			wrong: []string{"fields: {amount: amount + 1,", "fields: {sum: amount,"},
		},
		{old: "fields: {amount: more,", wrong: []string{"fields: {amount: amount,"}},
		{old: "reference: mark}", wrong: []string{"reference: key}"}},
		// Conditions.
		{old: "when: account.balance >= amount", wrong: []string{"when: account.balance < amount"}},
		{old: "when: from.balance >= amount", wrong: []string{"when: from.balance < amount"}},
		{old: "when: charge.refunded + amount <= 400", wrong: []string{"when: charge.refunded > 0"}},
		// Keys.
		{old: "header: Idempotency-Key", says: "key.", wrong: []string{"header: X-Request-Id"}},
		{old: "quoted: true", says: "key.", wrong: []string{"quoted: false"}},
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
