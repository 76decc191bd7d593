package wallet_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/wrongline"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// acceptingText is the contract of an office.
func acceptingText(poll string) string {
	return strings.NewReplacer("    ok: [201]\n    answer", `    ok: [200]
    async:
      accepted: [202]
      poll: `+poll+`
      done: {field: status, values: [succeeded]}
      refused: {field: status, values: [failed]}
      every: 5ms
      within: 400ms
    when: amount <= 9
    answer`, `max: "99999999999.99"`, `max: "12.00"`).Replace(walletContract)
}

// walletEdits are mistakes in how money and lists are written.
func walletEdits() []wrongline.Edit {
	return []wrongline.Edit{
		{Old: "balance - amount - round(amount) / 100", Wrong: "balance + amount"},
		{Old: "balance - amount - round(amount) / 100", Wrong: "balance - amount"},
		{Old: "balance - amount - round(amount) / 100", Wrong: "balance - 100 * amount"},
		{Old: "left: wallet.balance", Wrong: "left: wallet.balance + amount"},
		{Old: "left: wallet.balance", Wrong: "rest: wallet.balance"},
		{Old: "identity: id", Wrong: "identity: payment_id"},
		{Old: "total: amount + round(amount) / 100", Wrong: "total: amount"},
		{Old: "total: amount + round(amount) / 100", Wrong: "sum: amount"},
		{Old: "code: code, total", Wrong: "code: amount, total"},
		{Old: "balance: {field: balance}", Wrong: "balance: {field: funds}"},
		{Old: "balance: {field: balance}", Wrong: "balance: {field: balance, initial: 1}"},
		{Old: "items: payments", Wrong: "items: data"},
		{Old: "mark: mark", Wrong: "mark: reference"},
	}
}

// tryWrong runs a wrong contract against a service that is right, in virtual time.
func tryWrong(t *testing.T, w wrongline.Mutant, of func() http.Handler) {
	t.Helper()
	c, err := contract.Parse("idemcheck.yaml", []byte(w.Text))
	require.NoError(t, err)
	list, err := scenarios.Named([]string{"no-fault-repeat", "lost-answers"})
	require.NoError(t, err)
	r, err := harness.Try(t, harness.Suite{Contract: c, Scenarios: list, Cases: 6, ShrinkBudget: -1},
		harness.Handler(func(*harness.Env) http.Handler { return of() }))
	require.NoError(t, err)
	require.NoError(t, w.Named(r.Verdict))
}

// TestWrongContractsOfAWalletAreNamed: a right service whose amounts are texts and lists is not
// accused because of its contract, also where it does later what it accepted.
func TestWrongContractsOfAWalletAreNamed(t *testing.T) {
	for _, e := range walletEdits() {
		made := e.Made(walletContract)
		require.NotEmpty(t, made, "%q is in no line", e.Old)
		for _, w := range made {
			t.Run(w.Name, func(t *testing.T) {
				tryWrong(t, w, func() http.Handler { return newService() })
			})
		}
	}
	for _, e := range append(walletEdits(),
		wrongline.Edit{Old: "when: amount <= 9", Wrong: "when: amount > 9"},
		wrongline.Edit{Old: "done: {field: status", Wrong: "done: {field: state", Says: "operations.pay.async"},
		wrongline.Edit{Old: "values: [succeeded]", Wrong: "values: [done]", Says: "operations.pay.async"},
		wrongline.Edit{Old: "{header: Location}", Wrong: "{header: Link}", Says: "operations.pay.async"},
	) {
		for _, w := range e.Made(acceptingText("{header: Location}")) {
			t.Run("accepted, "+w.Name, func(t *testing.T) {
				tryWrong(t, w, func() http.Handler { return newOffice() })
			})
		}
	}
}

// TestTheAnswerOfAJobIsReadWhereItEnds: the line of an answer's field is compared with what the job
// shows in the end, and not with the answer that it was accepted.
func TestTheAnswerOfAJobIsReadWhereItEnds(t *testing.T) {
	mistakes := func(old, wrong string) []verdict.Mistake {
		text := strings.Replace(acceptingText("{header: Location}"), old, wrong, 1)
		c, err := contract.Parse("idemcheck.yaml", []byte(text))
		require.NoError(t, err)
		list, err := scenarios.Named([]string{"no-fault-repeat"})
		require.NoError(t, err)
		r, err := harness.Try(t, harness.Suite{Contract: c, Scenarios: list, Cases: 3, ShrinkBudget: -1},
			harness.Handler(func(*harness.Env) http.Handler { return newOffice() }))
		require.NoError(t, err)
		require.NotEmpty(t, r.Verdict.Mistakes, r.Verdict.Reasons)
		return r.Verdict.Mistakes
	}
	for _, m := range mistakes("total: amount + round(amount) / 100", "total: amount") {
		require.NotContains(t, m.Line(), "answer", "what the answer says is right: %v", m)
	}
	wrong := mistakes("left: wallet.balance", "left: wallet.balance + 1")
	require.Len(t, wrong, 1)
	require.Equal(t, "operations.pay.answer.fields.left", wrong[0].Line())
	require.Contains(t, wrong[0].Observed, "89999999999", "the balance that is left")
	require.Contains(t, wrong[0].Answer, "succeeded", "the answer that is shown has the field")
}
