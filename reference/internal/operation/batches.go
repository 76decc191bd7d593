package operation

import (
	"errors"
	"slices"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

const maxBatch = 20

// BatchInput adds several charges to the collection of charges: all of them, or none.
type BatchInput struct {
	Reference string      `json:"reference"`
	Charges   []batchItem `json:"charges"`
}

type batchItem struct {
	Account string `json:"account"`
	Amount  int64  `json:"amount"`
}

// BatchResult answers the PATCH that adds several charges.
type BatchResult struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Charges   []ChargeResult `json:"charges"`
}

// Check implements Input.
func (in *BatchInput) Check() *answer.FieldError {
	if len(in.Charges) == 0 || len(in.Charges) > maxBatch {
		return &answer.FieldError{Field: "charges", Reason: "must be a list of 1 to 20"}
	}
	for _, charge := range in.list() {
		if wrong := charge.Check(); wrong != nil {
			return wrong
		}
	}
	return nil
}

// list returns the items as the charges that they are, which share the reference.
func (in *BatchInput) list() []ChargeInput {
	return lists.Map(in.Charges, func(item batchItem) ChargeInput {
		return ChargeInput{Account: item.Account, Amount: item.Amount, Reference: in.Reference}
	})
}

// Authorization implements Input: it is for the sum, on the account that comes first.
func (in *BatchInput) Authorization(store.Reader, string) (*processor.Authorization, error) {
	whole := &processor.Authorization{Account: in.Charges[0].Account}
	for _, item := range in.Charges {
		whole.Amount += item.Amount
	}
	return whole, nil
}

// Decide implements Input.
func (in *BatchInput) Decide(tx store.Tx, tenant string) (Decision, error) {
	accounts, missing, err := in.accounts(tx, tenant)
	if err != nil {
		return Decision{}, err
	}
	if missing != "" {
		return absent("there is no account %s", missing), nil
	}
	whole, result := Decision{Reference: in.Reference}, BatchResult{Reference: in.Reference}
	var rows []func(store.Tx) error
	for _, charge := range in.list() {
		account := accounts[charge.Account]
		d, err := charge.Charge(tx, account)
		if err != nil || d.Refusal != nil {
			return d, err
		}
		account.Balance -= charge.Amount
		accounts[charge.Account] = account
		whole.Postings = append(whole.Postings, d.Postings...)
		rows = append(rows, d.Rows)
		result.Charges = append(result.Charges, d.Result.(ChargeResult))
	}
	whole.Rows = func(tx store.Tx) error { return inTurn(tx, rows) }
	result.ID, err = tx.NextID("ba_")
	whole.Result = result
	return whole, err
}

// accounts reads the accounts in ascending order, as the store wants it, and names one that is
// missing.
func (in *BatchInput) accounts(
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
