package reference

import (
	"encoding/json"

	"github.com/idemcheck/idemcheck/reference/store"
)

func replayUnmarked(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	a.replayed = false
	return a
}

func replayStatusOnly(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	a.body = nil
	return a
}

func showOriginal(_ *attempt, record store.Record) answer {
	return describe(keyMismatch, details{
		Detail: "the key was used with another body", Original: json.RawMessage(record.Body),
	})
}

// replayWithReceipt enters a charge's receipt once more.
func replayWithReceipt(s *Service, at *attempt, record store.Record) answer {
	in, isCharge := at.operation.(*chargeInput)
	if !isCharge || record.Status >= 400 {
		return replayStored(s, at, record)
	}
	err := s.update(at, func(tx store.Tx) error { return s.post(tx, at, receiptOf(in)) })
	if err != nil {
		return s.failed(at, "sending the receipt", err)
	}
	return replayStored(s, at, record)
}

// receiptOf is the receipt of a charge alone.
func receiptOf(in *chargeInput) decision {
	return decision{reference: in.Reference, postings: []posting{
		{account: in.Account, kind: kindReceipt, amount: in.Amount},
	}}
}

// replayCurrentState puts today's balances into the stored answer.
func replayCurrentState(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	if a.status >= 400 {
		return a
	}
	err := s.set.Store.View(at.ctx, func(r store.Reader) (err error) {
		a.body, err = refresh(r, at, record.Body)
		return err
	})
	if err != nil {
		return s.failed(at, "rendering the answer", err)
	}
	return a
}

func refresh(r store.Reader, at *attempt, stored []byte) ([]byte, error) {
	balance := balances{reader: r, tenant: at.tenant}
	var result any
	switch at.operation.(type) {
	case *accountInput:
		in := parse[accountResult](&balance, stored)
		in.Balance = balance.of(in.ID)
		result = in
	case *chargeInput:
		in := parse[chargeResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *batchInput:
		in := parse[batchResult](&balance, stored)
		for i := range in.Charges {
			in.Charges[i].Balance = balance.of(in.Charges[i].Account)
		}
		result = in
	case *refundInput:
		in := parse[refundResult](&balance, stored)
		in.Balance = balance.of(in.Account)
		result = in
	case *transferInput:
		in := parse[transferResult](&balance, stored)
		in.FromBalance, in.ToBalance = balance.of(in.From), balance.of(in.To)
		result = in
	}
	return encode(result), balance.err
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

// answerColumn is how many bytes the column for stored answers takes.
const answerColumn = 255

// saveCut lets the database cut what is too long, as some do without a word.
func saveCut(tx store.Tx, r store.Record) error {
	r.Body = r.Body[:min(answerColumn, len(r.Body))]
	return tx.InsertRecord(r)
}
