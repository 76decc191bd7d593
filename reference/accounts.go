package reference

import (
	"errors"
	"strings"

	"github.com/idemcheck/idemcheck/reference/store"
)

type accountInput struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"`
}

type accountResult struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"`
}

const (
	capitals     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	idCharacters = capitals + "abcdefghijklmnopqrstuvwxyz0123456789._:-"
)

func (in *accountInput) check() *fieldError {
	if in.Currency == "" {
		in.Currency = "EUR"
	}
	switch {
	case in.ID != "" && (len(in.ID) > 128 || strings.Trim(in.ID, idCharacters) != ""):
		return &fieldError{"id", "must have 1 to 128 of A-Z a-z 0-9 . _ : -"}
	case len(in.Currency) != 3 || strings.Trim(in.Currency, capitals) != "":
		return &fieldError{"currency", "must have three capital letters"}
	case in.Balance < 0 || in.Balance > maxBalance:
		return &fieldError{"balance", "must be a number of minor units, from 0 to 10^15"}
	}
	return checkText("name", in.Name)
}

func (in *accountInput) authorization(store.Reader, string) (*Authorization, error) {
	return nil, nil
}

func (in *accountInput) decide(tx store.Tx, tenant string) (d decision, err error) {
	id := in.ID
	if id == "" {
		if id, err = tx.NextID("acc_"); err != nil {
			return decision{}, err
		}
	}
	_, err = tx.Account(tenant, id)
	if err == nil {
		return notStarted(accountExists, "there is an account %s", id), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return decision{}, err
	}
	account := store.Account{
		Tenant: tenant, ID: id, Name: in.Name, Currency: in.Currency, Balance: in.Balance,
	}
	return decision{
		result: accountOf(account),
		rows:   func(tx store.Tx) error { return tx.InsertAccount(account) },
	}, nil
}

func accountOf(a store.Account) accountResult {
	return accountResult{ID: a.ID, Name: a.Name, Currency: a.Currency, Balance: a.Balance}
}

func (r accountResult) location() string { return "/v1/accounts/" + r.ID }
