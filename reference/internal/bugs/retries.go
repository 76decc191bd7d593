package bugs

import (
	"errors"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// retryBugs try again inside, and do twice what should be done once.
func retryBugs() []Bug {
	return []Bug{
		{
			Name: "retry-loop-repeats-receipt",
			Mistake: "It hands the receipt over inside the loop that tries a transaction again after a " +
				"conflict.",
			Rules: []string{"side-effect-of-replay", "partial-effect"},
			Change: func(do *payment.Steps) {
				loop := &retryLoop{}
				do.Find, do.Commit = loop.find, loop.commit
				do.Respond = loop.balance.until(do.Respond)
			},
		},
		{
			Name: "lost-commit-acknowledgement",
			Mistake: "When the acknowledgement of a commit does not come, it takes the commit for failed " +
				"and runs the transaction again.",
			Rules: []string{
				"duplicate-effect", "phantom-effect", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Commit, do.Save = commitUntilAcknowledged, overwrite },
		},
	}
}

// mailing is how long handing over a receipt takes, at least.
const mailing = 30 * time.Millisecond

// errConflict means that the account changed between looking and writing.
var errConflict = errors.New("could not serialize access due to concurrent update")

// retryLoop locks optimistically: it commits if the account is still as it was seen.
type retryLoop struct{ balance notes[int64] }

// find looks at the account of a charge together with the key, before the processor works.
func (l *retryLoop) find(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	if in, isCharge := at.Operation.(*operation.ChargeInput); isCharge && err == nil && !found {
		account, missing := r.Account(at.Tenant, in.Account)
		if missing == nil {
			l.balance.put(at, account.Balance)
		}
	}
	return record, found, err
}

// commit has the receipt sent, and begins again when the account is not as it was seen by the time
// it writes.
func (l *retryLoop) commit(
	s *payment.Server, at *payment.Arrival,
) (decided answer.Response, err error) {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	for {
		if !isCharge || l.balance.get(at) < in.Amount {
			return s.Commit(at) // which refuses
		}
		if err := handOver(s, at, in); err != nil {
			return answer.Response{}, err
		}
		decided, err = l.commitIfAsSeen(s, at, in)
		if !errors.Is(err, errConflict) {
			return decided, err
		}
		err = s.Options.Store.View(at.Context, func(r store.Reader) error {
			_, _, err := l.find(s, r, at)
			return err
		})
		if err != nil {
			return answer.Response{}, err
		}
	}
}

// handOver sends the receipt, which takes its time.
func handOver(s *payment.Server, at *payment.Arrival, in *operation.ChargeInput) error {
	err := s.Update(at, func(tx store.Tx) error { return right.Post(s, tx, at, receiptOf(in)) })
	if err != nil {
		return err
	}
	return processor.Pause(at.Context, max(s.Options.Work, mailing))
}

func (l *retryLoop) commitIfAsSeen(
	s *payment.Server, at *payment.Arrival, in *operation.ChargeInput,
) (a answer.Response, err error) {
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		account, err := tx.Account(at.Tenant, in.Account)
		if err != nil {
			return err
		}
		if account.Balance != l.balance.get(at) {
			return errConflict
		}
		d.Postings = d.Postings[:1] // the receipt is on its way
		if a, err = right.Enter(s, tx, at, d); err != nil {
			return err
		}
		return s.Record(tx, at, a)
	})
	return a, err
}

// commitUntilAcknowledged waits for the acknowledgement for as long as the client waits.
func commitUntilAcknowledged(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := s.Commit(at)
	if err == nil && at.Authorize != nil && processor.Pause(at.Request, s.Options.Work) != nil {
		return s.Commit(at)
	}
	return decided, err
}
