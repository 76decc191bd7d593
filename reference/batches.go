package reference

import (
	"errors"
	"slices"

	"github.com/idemcheck/idemcheck/reference/store"
)

const maxBatch = 20

// batchInput adds several charges to the collection of charges: all of them, or none.
type batchInput struct {
	Reference string      `json:"reference"`
	Charges   []batchItem `json:"charges"`
}

type batchItem struct {
	Account string `json:"account"`
	Amount  int64  `json:"amount"`
}

type batchResult struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Charges   []chargeResult `json:"charges"`
}

func (in *batchInput) check() *fieldError {
	if len(in.Charges) == 0 || len(in.Charges) > maxBatch {
		return &fieldError{"charges", "must be a list of 1 to 20"}
	}
	for _, charge := range in.list() {
		if wrong := charge.check(); wrong != nil {
			return wrong
		}
	}
	return nil
}

// list returns the items as the charges that they are, which share the reference.
func (in *batchInput) list() []chargeInput {
	charges := make([]chargeInput, 0, len(in.Charges))
	for _, item := range in.Charges {
		charges = append(charges, chargeInput{
			Account: item.Account, Amount: item.Amount, Reference: in.Reference,
		})
	}
	return charges
}

// authorization is for the sum, on the account that comes first.
func (in *batchInput) authorization(store.Reader, string) (*Authorization, error) {
	whole := &Authorization{Account: in.Charges[0].Account}
	for _, item := range in.Charges {
		whole.Amount += item.Amount
	}
	return whole, nil
}

func (in *batchInput) decide(tx store.Tx, tenant string) (decision, error) {
	accounts, missing, err := in.accounts(tx, tenant)
	if err != nil {
		return decision{}, err
	}
	if missing != "" {
		return absent("there is no account %s", missing), nil
	}
	whole, result := decision{reference: in.Reference}, batchResult{Reference: in.Reference}
	var rows []func(store.Tx) error
	for _, charge := range in.list() {
		account := accounts[charge.Account]
		d, err := charge.charge(tx, account)
		if err != nil || d.refusal != nil {
			return d, err
		}
		account.Balance -= charge.Amount
		accounts[charge.Account] = account
		whole.postings = append(whole.postings, d.postings...)
		rows = append(rows, d.rows)
		result.Charges = append(result.Charges, d.result.(chargeResult))
	}
	whole.rows = func(tx store.Tx) error { return inTurn(tx, rows) }
	result.ID, err = tx.NextID("ba_")
	whole.result = result
	return whole, err
}

// accounts reads the accounts in ascending order, as the store wants it, and names one that is
// missing.
func (in *batchInput) accounts(
	tx store.Tx, tenant string,
) (found map[string]store.Account, missing string, err error) {
	found = map[string]store.Account{}
	ids := make([]string, 0, len(in.Charges))
	for _, item := range in.Charges {
		ids = append(ids, item.Account)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		found[id], err = tx.Account(tenant, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil, id, nil
		}
		if err != nil {
			return nil, "", err
		}
	}
	return found, "", nil
}

func inTurn(tx store.Tx, rows []func(store.Tx) error) error {
	for _, row := range rows {
		if err := row(tx); err != nil {
			return err
		}
	}
	return nil
}
