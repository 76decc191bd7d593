package operation

import (
	"errors"
	"slices"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// TransferInput moves money between two accounts.
type TransferInput struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
}

// TransferResult answers the POST of a transfer.
type TransferResult struct {
	ID          string `json:"id"`
	From        string `json:"from"`
	To          string `json:"to"`
	Amount      int64  `json:"amount"`
	Reference   string `json:"reference"`
	FromBalance int64  `json:"from_balance"`
	ToBalance   int64  `json:"to_balance"`
}

// Check implements Input.
func (in *TransferInput) Check() *answer.FieldError {
	wrong := firstWrong(checkText("from", in.From), checkText("to", in.To),
		checkMoney(in.Amount, in.Reference))
	if wrong == nil && in.From == in.To {
		return &answer.FieldError{Field: "to", Reason: "is the account that the money comes from"}
	}
	return wrong
}

// Authorization implements Input.
func (in *TransferInput) Authorization(store.Reader, string) (*processor.Authorization, error) {
	return &processor.Authorization{Account: in.From, Amount: in.Amount}, nil
}

// Decide implements Input.
func (in *TransferInput) Decide(tx store.Tx, tenant string) (Decision, error) {
	accounts := map[string]store.Account{}
	for _, id := range slices.Sorted(slices.Values([]string{in.From, in.To})) {
		account, err := tx.Account(tenant, id)
		if errors.Is(err, store.ErrNotFound) {
			return absent("there is no account %s", id), nil
		}
		if err != nil {
			return Decision{}, err
		}
		accounts[id] = account
	}
	from, to := accounts[in.From], accounts[in.To]
	if from.Currency != to.Currency {
		return notStarted(answer.CurrencyMismatch, "%s is in %s, %s in %s",
			from.ID, from.Currency, to.ID, to.Currency), nil
	}
	return in.move(tx, from, to)
}

func (in *TransferInput) move(tx store.Tx, from, to store.Account) (Decision, error) {
	d := Decision{Reference: in.Reference, Postings: []Posting{
		{Account: in.From, Kind: KindDebit, Amount: in.Amount, Delta: -in.Amount},
		{Account: in.To, Kind: KindCredit, Amount: in.Amount, Delta: in.Amount},
	}}
	if from.Balance < in.Amount {
		d.Refusal = refuse(answer.InsufficientFunds, "account %s has less than %d", in.From, in.Amount)
		return d, nil
	}
	id, err := tx.NextID("tr_")
	d.Result = TransferResult{
		ID: id, From: in.From, To: in.To, Amount: in.Amount, Reference: in.Reference,
		FromBalance: from.Balance - in.Amount, ToBalance: to.Balance + in.Amount,
	}
	return d, err
}
