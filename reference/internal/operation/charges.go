package operation

import (
	"errors"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// ChargeInput takes money from an account.
type ChargeInput struct {
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	// Order is the caller's own number of what is paid for; the answer repeats it.
	Order int64 `json:"order"`
}

// ChargeResult answers the POST of a charge.
type ChargeResult struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	Order     int64  `json:"order,omitempty"`
	Status    string `json:"status"`
	Balance   int64  `json:"balance"`
}

// Check implements Input.
func (in *ChargeInput) Check() *answer.FieldError {
	return firstWrong(checkText("account", in.Account), checkMoney(in.Amount, in.Reference))
}

// Authorization implements Input.
func (in *ChargeInput) Authorization(store.Reader, string) (*processor.Authorization, error) {
	return &processor.Authorization{Account: in.Account, Amount: in.Amount}, nil
}

// Decide implements Input.
func (in *ChargeInput) Decide(tx store.Tx, tenant string) (Decision, error) {
	account, err := tx.Account(tenant, in.Account)
	if errors.Is(err, store.ErrNotFound) {
		return absent("there is no account %s", in.Account), nil
	}
	if err != nil {
		return Decision{}, err
	}
	return in.Charge(tx, account)
}

// Charge decides for an account that may have been charged already by what is decided with it.
func (in *ChargeInput) Charge(tx store.Tx, account store.Account) (Decision, error) {
	d := Decision{Reference: in.Reference, Postings: []Posting{
		{Account: in.Account, Kind: KindCharge, Amount: in.Amount, Delta: -in.Amount},
		{Account: in.Account, Kind: KindReceipt, Amount: in.Amount},
	}}
	if account.Balance < in.Amount {
		d.Refusal = refuse(answer.InsufficientFunds, "account %s has less than %d", in.Account, in.Amount)
		return d, nil
	}
	return in.Capture(tx, account, d)
}

// Capture completes the decision to charge the account.
func (in *ChargeInput) Capture(tx store.Tx, from store.Account, d Decision) (Decision, error) {
	id, err := tx.NextID("ch_")
	if err != nil {
		return Decision{}, err
	}
	d.Rows = func(tx store.Tx) error {
		return tx.InsertCharge(store.Charge{
			Tenant: from.Tenant, ID: id, Account: in.Account, Reference: in.Reference,
			Amount: in.Amount,
		})
	}
	d.Result = ChargeResult{
		ID: id, Account: in.Account, Amount: in.Amount, Reference: in.Reference,
		Order: in.Order, Status: "captured", Balance: from.Balance - in.Amount,
	}
	return d, nil
}

// Location says where the charge can be read.
func (r ChargeResult) Location() string { return "/v1/charges/" + r.ID }
