package right

import (
	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Enter enters what was decided into the ledger, and makes the answer of it.
func Enter(
	s *payment.Server, tx store.Tx, at *payment.Arrival, d operation.Decision,
) (answer.Response, error) {
	if d.Refusal != nil {
		return *d.Refusal, nil
	}
	if d.Rows != nil {
		if err := d.Rows(tx); err != nil {
			return answer.Response{}, err
		}
	}
	return answer.Created(d.Result), Post(s, tx, at, d)
}

// Post enters the postings of a decision.
func Post(s *payment.Server, tx store.Tx, at *payment.Arrival, d operation.Decision) error {
	for _, p := range d.Postings {
		effect := store.LedgerEntry{
			Tenant: at.Tenant, Account: p.Account, Kind: p.Kind, Amount: p.Amount,
			Key: at.Key, Reference: d.Reference, At: s.Options.Clock.Now(),
		}
		if err := tx.Post(effect, p.Delta); err != nil {
			return err
		}
	}
	return nil
}
