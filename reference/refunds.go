package reference

import (
	"errors"

	"github.com/idemcheck/idemcheck/reference/store"
)

type refundInput struct {
	Charge    string `json:"charge"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
}

type refundResult struct {
	ID        string `json:"id"`
	Charge    string `json:"charge"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	Balance   int64  `json:"balance"`
}

func (in *refundInput) check() *fieldError {
	return firstWrong(checkText("charge", in.Charge), checkMoney(in.Amount, in.Reference))
}

// authorization needs the charge to know the account. Without one there is nothing to authorise,
// and the decision will be a refusal.
func (in *refundInput) authorization(r store.Reader, tenant string) (*Authorization, error) {
	charge, err := r.Charge(tenant, in.Charge)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &Authorization{Account: charge.Account, Amount: in.Amount}, err
}

func (in *refundInput) decide(tx store.Tx, tenant string) (decision, error) {
	charge, err := tx.Charge(tenant, in.Charge)
	if errors.Is(err, store.ErrNotFound) {
		return absent("there is no charge %s", in.Charge), nil
	}
	if err != nil {
		return decision{}, err
	}
	account, err := tx.Account(tenant, charge.Account)
	if err != nil {
		return decision{}, err
	}
	d := decision{reference: in.Reference, postings: []posting{
		{account: charge.Account, kind: kindRefund, amount: in.Amount, delta: in.Amount},
	}}
	if left := charge.Amount - charge.Refunded; in.Amount > left {
		d.refusal = refuse(refundTooLarge, "charge %s has %d left to refund", charge.ID, left)
		return d, nil
	}
	return in.giveBack(tx, account, d)
}

// giveBack completes the decision to refund to the account.
func (in *refundInput) giveBack(tx store.Tx, to store.Account, d decision) (decision, error) {
	id, err := tx.NextID("re_")
	if err != nil {
		return decision{}, err
	}
	d.rows = func(tx store.Tx) error { return tx.AddRefunded(to.Tenant, in.Charge, in.Amount) }
	d.result = refundResult{
		ID: id, Charge: in.Charge, Account: to.ID, Amount: in.Amount, Reference: in.Reference,
		Balance: to.Balance + in.Amount,
	}
	return d, nil
}
