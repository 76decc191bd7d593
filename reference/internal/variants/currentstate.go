package variants

import (
	"encoding/json"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// ReplayCurrentState puts today's balances into the stored answer.
func ReplayCurrentState(
	s *payment.Server, at *payment.Arrival, record store.Record,
) answer.Response {
	a := right.ReplayStored(s, at, record)
	if a.Status >= 400 {
		return a
	}
	err := s.Options.Store.View(at.Context, func(r store.Reader) (err error) {
		a.Body, err = refresh(r, at, record.Body)
		return err
	})
	if err != nil {
		return s.Failed(at, "rendering the answer", err)
	}
	return a
}

func refresh(r store.Reader, at *payment.Arrival, stored []byte) ([]byte, error) {
	balance := balances{reader: r, tenant: at.Tenant}
	var result any
	switch at.Operation.(type) {
	case *operation.AccountInput:
		in := parse[operation.AccountResult](&balance, stored)
		in.Balance = balance.of(in.ID)
		result = in
	case *operation.ChargeInput:
		in := parse[operation.ChargeResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *operation.BatchInput:
		in := parse[operation.BatchResult](&balance, stored)
		for i := range in.Charges {
			in.Charges[i].Balance = balance.of(in.Charges[i].Account)
		}
		result = in
	case *operation.RefundInput:
		in := parse[operation.RefundResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *operation.TransferInput:
		in := parse[operation.TransferResult](&balance, stored)
		in.FromBalance, in.ToBalance = balance.of(in.From), balance.of(in.To)
		result = in
	}
	return answer.Encode(result), balance.err
}

// balances remembers the first failure, so that the balances of several accounts read like values.
type balances struct {
	reader store.Reader
	tenant string
	err    error
}

func (b *balances) of(account string) int64 {
	if b.err != nil {
		return 0
	}
	var found store.Account
	found, b.err = b.reader.Account(b.tenant, account)
	return found.Balance
}

func parse[T any](b *balances, stored []byte) (result T) {
	if b.err == nil {
		b.err = json.Unmarshal(stored, &result)
	}
	return result
}
