package reference

import "github.com/idemcheck/idemcheck/reference/store"

// keyOfRefund takes the charge for the identity of its refund.
func keyOfRefund(at *attempt) string {
	if in, isRefund := at.operation.(*refundInput); isRefund {
		return "refund of " + in.Charge
	}
	return at.key
}

func fingerprintOfRefund(at *attempt, body []byte) string {
	if in, isRefund := at.operation.(*refundInput); isRefund {
		return in.Charge
	}
	return fingerprint(at, body)
}

// replayMovingBalance moves the balances before the ledger, which has each row once, would say that
// it was done.
func replayMovingBalance(s *Service, at *attempt, record store.Record) answer {
	again := func(tx store.Tx, d decision) error {
		for _, p := range d.postings {
			if err := tx.AddBalance(at.tenant, p.account, p.delta); err != nil {
				return err
			}
		}
		return nil
	}
	return replayAfter(s, at, record, again)
}

// replayOtherItems enters all of a batch but its first charge and receipt.
func replayOtherItems(s *Service, at *attempt, record store.Record) answer {
	const perItem = 2
	if _, isBatch := at.operation.(*batchInput); !isBatch {
		return replayStored(s, at, record)
	}
	again := func(tx store.Tx, d decision) error {
		d.postings = d.postings[perItem:]
		return s.post(tx, at, d)
	}
	return replayAfter(s, at, record, again)
}

// replayAfter does something with what the operation would come to now, and replays.
func replayAfter(
	s *Service, at *attempt, record store.Record, do func(store.Tx, decision) error,
) answer {
	err := s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil || d.refusal != nil || record.Status >= 400 {
			return err
		}
		return do(tx, d)
	})
	if err != nil {
		return s.failed(at, "repeating", err)
	}
	return replayStored(s, at, record)
}
