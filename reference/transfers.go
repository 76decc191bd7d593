package reference

import (
	"errors"
	"slices"

	"github.com/idemcheck/idemcheck/reference/store"
)

type transferInput struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
}

type transferResult struct {
	ID          string `json:"id"`
	From        string `json:"from"`
	To          string `json:"to"`
	Amount      int64  `json:"amount"`
	Reference   string `json:"reference"`
	FromBalance int64  `json:"from_balance"`
	ToBalance   int64  `json:"to_balance"`
}

func (in *transferInput) check() *fieldError {
	wrong := firstWrong(checkText("from", in.From), checkText("to", in.To),
		checkMoney(in.Amount, in.Reference))
	if wrong == nil && in.From == in.To {
		return &fieldError{"to", "is the account that the money comes from"}
	}
	return wrong
}

func (in *transferInput) authorization(store.Reader, string) (*Authorization, error) {
	return &Authorization{Account: in.From, Amount: in.Amount}, nil
}

func (in *transferInput) decide(tx store.Tx, tenant string) (decision, error) {
	accounts := map[string]store.Account{}
	for _, id := range slices.Sorted(slices.Values([]string{in.From, in.To})) {
		account, err := tx.Account(tenant, id)
		if errors.Is(err, store.ErrNotFound) {
			return absent("there is no account %s", id), nil
		}
		if err != nil {
			return decision{}, err
		}
		accounts[id] = account
	}
	from, to := accounts[in.From], accounts[in.To]
	if from.Currency != to.Currency {
		return notStarted(currencyMismatch, "%s is in %s, %s in %s",
			from.ID, from.Currency, to.ID, to.Currency), nil
	}
	return in.move(tx, from, to)
}

func (in *transferInput) move(tx store.Tx, from, to store.Account) (decision, error) {
	d := decision{reference: in.Reference, postings: []posting{
		{account: in.From, kind: kindDebit, amount: in.Amount, delta: -in.Amount},
		{account: in.To, kind: kindCredit, amount: in.Amount, delta: in.Amount},
	}}
	if from.Balance < in.Amount {
		d.refusal = refuse(insufficientFunds, "account %s has less than %d", in.From, in.Amount)
		return d, nil
	}
	id, err := tx.NextID("tr_")
	d.result = transferResult{
		ID: id, From: in.From, To: in.To, Amount: in.Amount, Reference: in.Reference,
		FromBalance: from.Balance - in.Amount, ToBalance: to.Balance + in.Amount,
	}
	return d, err
}
