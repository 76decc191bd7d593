package operation

import (
	"errors"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// RefundInput gives a charge or a part of it back.
type RefundInput struct {
	Charge    string `json:"charge"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
}

// RefundResult answers the POST of a refund.
type RefundResult struct {
	ID        string `json:"id"`
	Charge    string `json:"charge"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	Balance   int64  `json:"balance"`
}

// Check implements Input.
func (in *RefundInput) Check() *answer.FieldError {
	return firstWrong(checkText("charge", in.Charge), checkMoney(in.Amount, in.Reference))
}

// Authorization implements Input. It needs the charge to know the account; without one there is
// nothing to authorise, and the decision will be a refusal.
func (in *RefundInput) Authorization(
	r store.Reader, tenant string,
) (*processor.Authorization, error) {
	charge, err := r.Charge(tenant, in.Charge)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &processor.Authorization{Account: charge.Account, Amount: in.Amount}, err
}

// Decide implements Input.
func (in *RefundInput) Decide(tx store.Tx, tenant string) (Decision, error) {
	charge, err := tx.Charge(tenant, in.Charge)
	if errors.Is(err, store.ErrNotFound) {
		return absent("there is no charge %s", in.Charge), nil
	}
	if err != nil {
		return Decision{}, err
	}
	account, err := tx.Account(tenant, charge.Account)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Reference: in.Reference, Postings: []Posting{
		{Account: charge.Account, Kind: KindRefund, Amount: in.Amount, Delta: in.Amount},
	}}
	if left := charge.Amount - charge.Refunded; in.Amount > left {
		d.Refusal = refuse(answer.RefundTooLarge, "charge %s has %d left to refund", charge.ID, left)
		return d, nil
	}
	return in.giveBack(tx, account, d)
}

// giveBack completes the decision to refund to the account.
func (in *RefundInput) giveBack(tx store.Tx, to store.Account, d Decision) (Decision, error) {
	id, err := tx.NextID("re_")
	if err != nil {
		return Decision{}, err
	}
	d.Rows = func(tx store.Tx) error { return tx.AddRefunded(to.Tenant, in.Charge, in.Amount) }
	d.Result = RefundResult{
		ID: id, Charge: in.Charge, Account: to.ID, Amount: in.Amount, Reference: in.Reference,
		Balance: to.Balance + in.Amount,
	}
	return d, nil
}
