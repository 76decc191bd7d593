package operation

import (
	"errors"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// AccountInput opens an account.
type AccountInput struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"`
}

// AccountResult answers the POST of an account.
type AccountResult struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"`
}

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	// IDCharacters are those that an id may have.
	IDCharacters = capitals + "abcdefghijklmnopqrstuvwxyz0123456789._:-"
)

// Check implements Input.
func (in *AccountInput) Check() *answer.FieldError {
	if in.Currency == "" {
		in.Currency = "EUR"
	}
	switch {
	case in.ID != "" && (len(in.ID) > 128 || strings.Trim(in.ID, IDCharacters) != ""):
		return &answer.FieldError{Field: "id", Reason: "must have 1 to 128 of A-Z a-z 0-9 . _ : -"}
	case len(in.Currency) != 3 || strings.Trim(in.Currency, capitals) != "":
		return &answer.FieldError{Field: "currency", Reason: "must have three capital letters"}
	case in.Balance < 0 || in.Balance > maxBalance:
		return &answer.FieldError{
			Field:  "balance",
			Reason: "must be a number of minor units, from 0 to 10^15",
		}
	}
	return checkText("name", in.Name)
}

// Authorization implements Input.
func (in *AccountInput) Authorization(store.Reader, string) (*processor.Authorization, error) {
	return nil, nil
}

// Decide implements Input.
func (in *AccountInput) Decide(tx store.Tx, tenant string) (d Decision, err error) {
	id := in.ID
	if id == "" {
		if id, err = tx.NextID("acc_"); err != nil {
			return Decision{}, err
		}
	}
	_, err = tx.Account(tenant, id)
	if err == nil {
		return notStarted(answer.AccountExists, "there is an account %s", id), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Decision{}, err
	}
	account := store.Account{
		Tenant: tenant, ID: id, Name: in.Name, Currency: in.Currency, Balance: in.Balance,
	}
	return Decision{
		Result: AccountOf(account),
		Rows:   func(tx store.Tx) error { return tx.InsertAccount(account) },
	}, nil
}

// AccountOf shows an account.
func AccountOf(a store.Account) AccountResult {
	return AccountResult{ID: a.ID, Name: a.Name, Currency: a.Currency, Balance: a.Balance}
}

// Location says where the account can be read.
func (r AccountResult) Location() string { return "/v1/accounts/" + r.ID }
