package desk_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	forms "github.com/idemcheck/idemcheck/examples/go-forms"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/wrongline"
	"github.com/idemcheck/idemcheck/scenarios"
)

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

// deskEdits are mistakes in how a form is filled in and a session carried.
func deskEdits() []wrongline.Edit {
	return []wrongline.Edit{
		{Old: `amount: "{amount}"`, Wrong: `sum: "{amount}"`, Says: "operations.order.effects"},
		{Old: `reference: "{mark}"`, Wrong: `note: "{mark}"`, Says: "ledgers.orders.mark operations.order"},
		{Old: `account: "{account}"`, Wrong: `customer: "{account}"`, Says: "ledgers.orders operations.order"},
		{Old: "id: id", Wrong: "id: number"},
		{Old: "identity: id", Wrong: "identity: order_id"},
		{Old: "fields: {amount: amount}", Wrong: "fields: {amount: amount + 1}"},
		{Old: "fields: {amount: amount}", Wrong: "fields: {price: amount}"},
		{Old: "items: orders", Wrong: "items: list"},
		{Old: "mark: reference", Wrong: "mark: note"},
		{Old: "path: /orders", Wrong: "path: /orders/new", Says: "operations.order.ok"},
		{Old: "ok: [201]", Wrong: "ok: [200]"},
		{Old: "?account={id}", Wrong: "?customer={id}", Says: "operations.order.effects"},
		{Old: "?account={id}", Wrong: "?account={id}x", Says: "operations.order.effects"},
		{Old: "path: /token", Wrong: "path: /tokens", Says: "session."},
		{Old: "auth.token", Wrong: "token", Says: "session."},
		{Old: "Bearer {token}", Wrong: "Token {token}", Says: "session."},
	}
}

// TestWrongContractsOfADeskAreNamed: a right service that takes forms behind a login is not accused
// because of its contract.
func TestWrongContractsOfADeskAreNamed(t *testing.T) {
	t.Setenv("PASSWORD", "pass-word")
	text := strings.NewReplacer("ORDER", asForm, "LEDGER", asked).Replace(deskContract) + withToken
	for _, e := range deskEdits() {
		made := e.Made(text)
		require.NotEmpty(t, made, "%q is in no line", e.Old)
		for _, w := range made {
			t.Run(w.Name, func(t *testing.T) {
				tryWrong(t, w, func() http.Handler { return locks{}.behind() })
			})
		}
	}
}

// formsEdits are mistakes in how a browser's forms and pages are described.
func formsEdits() []wrongline.Edit {
	return []wrongline.Edit{
		{Old: `page: "{key}"`, Wrong: `token: "{key}"`, Says: "operations.book key."},
		{Old: `room: "{room}"`, Wrong: `room: "{room}x"`, Says: "operations.book"},
		{Old: `reference: "{mark}"`, Wrong: `ref: "{mark}"`, Says: "operations.book ledgers.bookings"},
		{Old: `csrf: "{session.csrf}"`, Wrong: `token: "{session.csrf}"`, Says: "resources.room session."},
		{Old: "identity: {header: Location}", Wrong: "identity: {header: Link}", Says: "operations.book.answer"},
		{Old: "id: {header: Location}", Wrong: "id: {header: Link}"},
		{Old: "ok: [303]", Wrong: "ok: [201]", Says: "session."},
		{Old: "path: /bookings", Wrong: "path: /booking", Says: "operations.book ledgers.bookings session."},
		{Old: "items: bookings", Wrong: "items: rows"},
		{Old: "mark: reference", Wrong: "mark: note"},
		{Old: "    id: id", Wrong: "    id: number"},
		{Old: "cookies: true", Wrong: "cookies: false", Says: "session."},
		{Old: "input[name=csrf]", Wrong: "input[name=token]", Says: "session."},
	}
}

// TestWrongContractsOfAGuestHouseAreNamed: so it is with forms, cookies and names in headers.
func TestWrongContractsOfAGuestHouseAreNamed(t *testing.T) {
	text, err := os.ReadFile("../../../examples/go-forms/idemcheck.yaml")
	require.NoError(t, err)
	for _, e := range formsEdits() {
		made := e.Made(string(text))
		require.NotEmpty(t, made, "%q is in no line", e.Old)
		for _, w := range made {
			t.Run(w.Name, func(t *testing.T) {
				tryWrong(t, w, func() http.Handler {
					return forms.New(forms.Options{
						Password: "let-me-in", Life: time.Hour, Work: 3 * time.Millisecond,
					})
				})
			})
		}
	}
}
