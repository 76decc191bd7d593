package reference

import (
	"errors"

	"github.com/idemcheck/idemcheck/reference/store"
)

type chargeInput struct {
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	// Order is the caller's own number of what is paid for; the answer repeats it.
	Order int64 `json:"order"`
}

type chargeResult struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	Order     int64  `json:"order,omitempty"`
	Status    string `json:"status"`
	Balance   int64  `json:"balance"`
}

func (in *chargeInput) check() *fieldError {
	return firstWrong(checkText("account", in.Account), checkMoney(in.Amount, in.Reference))
}

func (in *chargeInput) authorization(store.Reader, string) (*Authorization, error) {
	return &Authorization{Account: in.Account, Amount: in.Amount}, nil
}

func (in *chargeInput) decide(tx store.Tx, tenant string) (decision, error) {
	account, err := tx.Account(tenant, in.Account)
	if errors.Is(err, store.ErrNotFound) {
		return absent("there is no account %s", in.Account), nil
	}
	if err != nil {
		return decision{}, err
	}
	return in.charge(tx, account)
}

// charge decides for an account that may have been charged already by what is decided with it.
func (in *chargeInput) charge(tx store.Tx, account store.Account) (decision, error) {
	d := decision{reference: in.Reference, postings: []posting{
		{account: in.Account, kind: kindCharge, amount: in.Amount, delta: -in.Amount},
		{account: in.Account, kind: kindReceipt, amount: in.Amount},
	}}
	if account.Balance < in.Amount {
		d.refusal = refuse(insufficientFunds, "account %s has less than %d", in.Account, in.Amount)
		return d, nil
	}
	return in.capture(tx, account, d)
}

// capture completes the decision to charge the account.
func (in *chargeInput) capture(tx store.Tx, from store.Account, d decision) (decision, error) {
	id, err := tx.NextID("ch_")
	if err != nil {
		return decision{}, err
	}
	d.rows = func(tx store.Tx) error {
		return tx.InsertCharge(store.Charge{
			Tenant: from.Tenant, ID: id, Account: in.Account, Reference: in.Reference,
			Amount: in.Amount,
		})
	}
	d.result = chargeResult{
		ID: id, Account: in.Account, Amount: in.Amount, Reference: in.Reference,
		Order: in.Order, Status: "captured", Balance: from.Balance - in.Amount,
	}
	return d, nil
}

func (r chargeResult) location() string { return "/v1/charges/" + r.ID }
