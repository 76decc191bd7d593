package variants

import (
	"encoding/json"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/store"
)

// ReplayCurrentState puts today's balances into the stored answer.
func ReplayCurrentState(
	s *payment.Service, at *payment.Attempt, record store.Record,
) payment.Answer {
	a := payment.ReplayStored(s, at, record)
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

func refresh(r store.Reader, at *payment.Attempt, stored []byte) ([]byte, error) {
	balance := balances{reader: r, tenant: at.Tenant}
	var result any
	switch at.Operation.(type) {
	case *payment.AccountInput:
		in := parse[payment.AccountResult](&balance, stored)
		in.Balance = balance.of(in.ID)
		result = in
	case *payment.ChargeInput:
		in := parse[payment.ChargeResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *payment.BatchInput:
		in := parse[payment.BatchResult](&balance, stored)
		for i := range in.Charges {
			in.Charges[i].Balance = balance.of(in.Charges[i].Account)
		}
		result = in
	case *payment.RefundInput:
		in := parse[payment.RefundResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *payment.TransferInput:
		in := parse[payment.TransferResult](&balance, stored)
		in.FromBalance, in.ToBalance = balance.of(in.From), balance.of(in.To)
		result = in
	}
	return payment.Encode(result), balance.err
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
