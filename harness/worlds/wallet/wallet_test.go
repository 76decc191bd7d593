package wallet_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

const walletContract = `
version: 1
name: wallet
target: {url: "http://wallet.test", timeout: 200ms}
key: {header: Idempotency-Key, required: true}
promises: {mismatch: [422], in_flight: [409], replay: same-body, errors: replayed}
resources:
  wallet:
    create: {path: /wallets, body: {name: "{unique}"}, ok: [201]}
    id: id
    read: {path: "/wallets/{id}"}
    state: {balance: {field: balance}}
operations:
  pay:
    path: /payments
    args:
      wallet: {resource: wallet}
      amount: {decimal: {min: "0.01", max: "99999999999.99"}}
      code: {text: {pattern: "[A-Z]{3}-[0-9]{4}"}}
      parts: {list: {of: {decimal: {min: "0.5", max: "9.5", as: number}}, min: 1, max: 3}}
    body: {wallet: "{wallet}", amount: "{amount}", code: "{code}", parts: "{parts}", mark: "{mark}"}
    ok: [201]
    answer: {identity: id, fields: {left: wallet.balance}}
    then: {wallet.balance: wallet.balance - amount - round(amount) / 100}
    effects:
      - ledger: payments
        resource: wallet
        fields: {amount: amount, code: code, total: amount + round(amount) / 100}
ledgers:
  payments: {path: "/wallets/{id}/payments", per: wallet, items: payments, mark: mark, id: id}
`

// promise parses the contract of the service, with changes.
func promise(t *testing.T, changes ...string) *model.Contract {
	t.Helper()
	c, err := contract.Parse("wallet.yaml",
		[]byte(strings.NewReplacer(changes...).Replace(walletContract)))
	require.NoError(t, err)
	return c
}

// worlds runs a plan against services: one for each case in virtual time, and one over TCP.
func worlds[H http.Handler](
	t *testing.T, c *model.Contract, of func() H, see both.Check,
) {
	t.Helper()
	drawn, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: scenarios.HTTP(), Seed: 1, Cases: 3 * len(scenarios.HTTP()),
	})
	require.NoError(t, err)
	o := campaign.Options{Contract: c, Plan: drawn}
	both.Worlds(t, o, of, see)
}

func TestDecimalAmountsAreComparedAsNumbers(t *testing.T) {
	worlds(t, promise(t), newService, both.IsValid)
}

func TestAPaymentThatRepeatsIsFound(t *testing.T) {
	worlds(t, promise(t), func() *service {
		s := newService()
		s.forgets = true
		return s
	}, both.Breaks("duplicate-effect"))
}

func TestACentIsSeenInALargeAmount(t *testing.T) {
	c := promise(t, `min: "0.01"`, `min: "90000000000.01"`)
	worlds(t, c, func() *service {
		s := newService()
		s.blurred = true
		return s
	}, isUnknown("then.wallet.balance"))
}

func TestAFingerprintThatSeesOnePartOfAPaymentIsFound(t *testing.T) {
	for name, looks := range map[string]func(payment) string{
		"not the amount": func(p payment) string { return p.Code + p.CorrelationID + string(p.Parts[0]) },
		"not the code":   func(p payment) string { return p.Amount + p.CorrelationID + string(p.Parts[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			worlds(t, promise(t), func() *service {
				s := newService()
				s.looks = looks
				return s
			}, both.Breaks("payload-mismatch"))
		})
	}
}

func TestDrawnArgumentsAreOfTheirDomain(t *testing.T) {
	drawn, err := plan.Draw(plan.Options{
		Contract: promise(t), Scenarios: scenarios.HTTP(), Seed: 3, Cases: 60,
	})
	require.NoError(t, err)
	for _, c := range drawn.Cases {
		for _, op := range c.Operations {
			require.Regexp(t, `^(0|[1-9][0-9]*)\.[0-9]{2}$`, op.Args["amount"])
			require.Regexp(t, `^[A-Z]{3}-[0-9]{4}$`, op.Args["code"])
			require.NotEmpty(t, op.Args["parts"])
			for _, part := range op.Args["parts"].([]any) {
				require.Regexp(t, `^[0-9]\.[0-9]$`, part)
			}
		}
	}
}
