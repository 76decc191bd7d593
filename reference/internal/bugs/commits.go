package bugs

import (
	"errors"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// commitOrderBugs answer, commit and look at the key in the wrong order.
func commitOrderBugs() []Bug {
	return []Bug{
		{
			Name:    "repeat-refused-yet-executed",
			Mistake: "It commits the effect, meets the key that is there already, and refuses.",
			Rules:   []string{"duplicate-effect", "early-expiry", "state-divergence", "stuck-key"},
			Change:  func(do *payment.Steps) { do.Find, do.Commit = findMismatch, commitThenRefuseRepeat },
		},
		{
			Name:    "answer-before-commit",
			Mistake: "It writes the answer about several accounts and then commits.",
			Rules:   []string{"lost-effect", "non-linearizable", "state-divergence", "partial-effect"},
			Change:  func(do *payment.Steps) { (&lateCommits{}).use(do) },
		},
		{
			Name: "failed-after-commit-executed-again",
			Mistake: "When the work after the commit fails it stores the operation as failed, and " +
				"executes failed operations again.",
			Rules: []string{"duplicate-effect", "in-flight-execution"},
			Change: func(do *payment.Steps) {
				do.Commit, do.Settle, do.Find = commitWithoutKey, storeHowItEnded, findUnfailed
			},
		},
	}
}

// findMismatch looks for nothing but a key with another payload.
func findMismatch(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	return record, found && record.Fingerprint != at.Fingerprint, err
}

// commitThenRefuseRepeat commits the effect and learns only from the key, afterwards, that it was
// there before.
func commitThenRefuseRepeat(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return answer.Response{}, err
	}
	err = s.Keep(at, decided)
	if errors.Is(err, store.ErrExists) {
		return answer.Problem(answer.KeyInFlight, "the key was used before").Again(), nil
	}
	return decided, err
}

// lateCommits are what is answered and not committed yet.
type lateCommits struct {
	releases  notes[func()]             // of the claims
	announced notes[operation.Decision] // what the answers say
}

// use has the late commits take their steps.
func (l *lateCommits) use(do *payment.Steps) {
	do.Claim, do.Commit = l.claim, l.decide
	do.Respond = l.releases.until(l.announced.until(l.answerThenCommit))
}

// claim leaves the release to answerThenCommit.
func (l *lateCommits) claim(
	s *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	release, ok, err = right.ClaimInProcess(s, at)
	l.releases.put(at, release)
	return func() {}, ok, err
}

// decide decides about several accounts at once, which takes its time to commit, and leaves the
// rest to answerThenCommit.
func (l *lateCommits) decide(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	if !several(at) {
		return s.Commit(at)
	}
	var d operation.Decision
	err := s.Update(at, func(tx store.Tx) (err error) {
		d, err = at.Operation.Decide(tx, at.Tenant)
		return err
	})
	l.announced.put(at, d)
	if err != nil || d.Refusal == nil {
		return answer.Created(d.Result), err
	}
	return *d.Refusal, nil
}

// several reports whether an operation is about several accounts.
func several(at *payment.Arrival) bool {
	switch at.Operation.(type) {
	case *operation.TransferInput, *operation.BatchInput:
		return true
	}
	return false
}

// commitLag is what a commit takes longer than the work of the processor: long enough for the next
// reader, who may be in another process on a busy machine.
const commitLag = 200 * time.Millisecond

// answerThenCommit commits later.
func (l *lateCommits) answerThenCommit(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if release := l.releases.get(at); release != nil {
		defer release()
	}
	a.Write(w)
	_ = http.NewResponseController(w).Flush() // a client that has gone needs no answer
	if !a.Decided || !several(at) {
		return
	}
	err := processor.Pause(at.Context, s.Options.Work+commitLag)
	if err == nil {
		err = s.Update(at, func(tx store.Tx) error {
			if _, err := right.Enter(s, tx, at, l.announced.get(at)); err != nil {
				return err
			}
			return s.Record(tx, at, a)
		})
	}
	if err != nil {
		s.Options.Log.ErrorContext(at.Context, "answered and not committed", "error", err)
	}
}

// storeHowItEnded stores the key as failed when what comes after the commit fails: here a receipt
// that is handed to the mailer under the client's context.
func storeHowItEnded(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if !decided.Decided {
		return decided
	}
	ended := decided
	if _, hasReceipt := at.Operation.(*operation.ChargeInput); hasReceipt {
		if err := processor.Pause(at.Request, s.Options.Work); err != nil {
			ended = answer.Problem(answer.Internal, "the receipt could not be sent: %v", err)
		}
	}
	err := s.Update(at, func(tx store.Tx) error { return tx.PutRecord(s.RecordOf(at, ended)) })
	if err != nil {
		return s.Failed(at, "storing the answer", err)
	}
	return ended
}

// findUnfailed does not take a failed operation for a decided one.
func findUnfailed(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	return record, found && record.Status < 500, err
}
