package reference

import (
	"errors"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// mailing is how long handing over a receipt takes, at least.
const mailing = 30 * time.Millisecond

// errConflict means that the account changed between looking and writing.
var errConflict = errors.New("could not serialize access due to concurrent update")

// commitUntilNoConflict locks optimistically: it looks at the account, has the receipt sent, and
// begins again when the account has changed by the time it writes.
func commitUntilNoConflict(s *Service, at *attempt) (decided answer, err error) {
	in, isCharge := at.operation.(*chargeInput)
	if !isCharge {
		return s.commit(at)
	}
	for {
		balance, err := s.balanceFor(at, in)
		if err != nil || balance < in.Amount {
			return s.commit(at) // which refuses
		}
		if err := s.handOver(at, in); err != nil {
			return answer{}, err
		}
		decided, err = s.commitIfStill(at, in, balance)
		if !errors.Is(err, errConflict) {
			return decided, err
		}
	}
}

func (s *Service) balanceFor(at *attempt, in *chargeInput) (balance int64, err error) {
	err = s.set.Store.View(at.ctx, func(r store.Reader) error {
		account, err := r.Account(at.tenant, in.Account)
		balance = account.Balance
		return err
	})
	return balance, err
}

// handOver sends the receipt, which takes its time.
func (s *Service) handOver(at *attempt, in *chargeInput) error {
	err := s.update(at, func(tx store.Tx) error { return s.post(tx, at, receiptOf(in)) })
	if err != nil {
		return err
	}
	return pause(at.ctx, max(s.set.Work, mailing))
}

func (s *Service) commitIfStill(at *attempt, in *chargeInput, balance int64) (a answer, err error) {
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		account, err := tx.Account(at.tenant, in.Account)
		if err != nil {
			return err
		}
		if account.Balance != balance {
			return errConflict
		}
		d.postings = d.postings[:1] // the receipt is on its way
		if a, err = s.enter(tx, at, d); err != nil {
			return err
		}
		return s.record(tx, at, a)
	})
	return a, err
}

// commitUntilAcknowledged waits for the acknowledgement for as long as the client waits.
func commitUntilAcknowledged(s *Service, at *attempt) (answer, error) {
	decided, err := s.commit(at)
	if err == nil && pause(at.request, s.set.Work/4) != nil {
		return s.commit(at)
	}
	return decided, err
}
