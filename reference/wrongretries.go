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

// retryLoop locks optimistically: it commits if the account is still as it was seen.
type retryLoop struct{ balance notes[int64] }

// find looks at the account of a charge together with the key, before the processor works.
func (l *retryLoop) find(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	if in, isCharge := at.operation.(*chargeInput); isCharge && err == nil && !found {
		account, missing := r.Account(at.tenant, in.Account)
		if missing == nil {
			l.balance.put(at, account.Balance)
		}
	}
	return record, found, err
}

// commit has the receipt sent, and begins again when the account is not as it was seen by the time
// it writes.
func (l *retryLoop) commit(s *Service, at *attempt) (decided answer, err error) {
	in, isCharge := at.operation.(*chargeInput)
	for {
		if !isCharge || l.balance.get(at) < in.Amount {
			return s.commit(at) // which refuses
		}
		if err := handOver(s, at, in); err != nil {
			return answer{}, err
		}
		decided, err = l.commitIfAsSeen(s, at, in)
		if !errors.Is(err, errConflict) {
			return decided, err
		}
		err = s.set.Store.View(at.ctx, func(r store.Reader) error {
			_, _, err := l.find(s, r, at)
			return err
		})
		if err != nil {
			return answer{}, err
		}
	}
}

// handOver sends the receipt, which takes its time.
func handOver(s *Service, at *attempt, in *chargeInput) error {
	err := s.update(at, func(tx store.Tx) error { return s.post(tx, at, receiptOf(in)) })
	if err != nil {
		return err
	}
	return pause(at.ctx, max(s.set.Work, mailing))
}

func (l *retryLoop) commitIfAsSeen(
	s *Service, at *attempt, in *chargeInput,
) (a answer, err error) {
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		account, err := tx.Account(at.tenant, in.Account)
		if err != nil {
			return err
		}
		if account.Balance != l.balance.get(at) {
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
	if err == nil && at.authorize != nil && pause(at.request, s.set.Work) != nil {
		return s.commit(at)
	}
	return decided, err
}
