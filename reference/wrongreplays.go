package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

func replayAsShown(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	if a.status == http.StatusCreated {
		a.status = http.StatusOK
	}
	return a
}

func replayWithoutHeaders(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	a.location = ""
	return a
}

func markEverything(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	a.replayed = true
	writeAnswer(s, w, at, a)
}

// keepUnlessBusy keeps what came of an attempt that got as far as the processor.
func keepUnlessBusy(a answer) bool {
	return a.decided || !bytes.Contains(a.body, []byte("/problems#"+busy))
}

// saveFailureAsCreated stores what a recorder of answers holds after a handler that failed before
// it wrote anything: the status that the recorder began with, and no body.
func saveFailureAsCreated(tx store.Tx, r store.Record) error {
	if r.Status >= 500 {
		r.Status, r.ContentType, r.Body = http.StatusCreated, "application/json", nil
	}
	return tx.InsertRecord(r)
}

// replayWithNewID puts an id into the stored answer that was made for this attempt.
func replayWithNewID(s *Service, at *attempt, record store.Record) answer {
	a := replayStored(s, at, record)
	var made struct {
		ID string `json:"id"`
	}
	_, chosen := at.operation.(*accountInput)
	if chosen || json.Unmarshal(a.body, &made) != nil || made.ID == "" {
		return a
	}
	prefix, _, _ := strings.Cut(made.ID, "_")
	err := s.update(at, func(tx store.Tx) error {
		fresh, err := tx.NextID(prefix + "_")
		a.body = bytes.Replace(record.Body, []byte(made.ID), []byte(fresh), 1)
		return err
	})
	if err != nil {
		return s.failed(at, "making an id", err)
	}
	return a
}

// findMismatch looks for nothing but a key with another payload.
func findMismatch(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	return record, found && record.Fingerprint != at.fingerprint, err
}

// commitThenRefuseRepeat commits the effect and learns only from the key, afterwards, that it was
// there before.
func commitThenRefuseRepeat(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return answer{}, err
	}
	err = s.update(at, func(tx store.Tx) error { return s.record(tx, at, decided) })
	if errors.Is(err, store.ErrExists) {
		return problem(keyInFlight, "the key was used before").again(), nil
	}
	return decided, err
}

// lateCommits are what is answered and not committed yet.
type lateCommits struct {
	releases  notes[func()]   // of the claims
	announced notes[decision] // what the answers say
}

// use makes the late commits the steps of a policy.
func (l *lateCommits) use(p *policy) {
	p.claim, p.commit = l.claim, l.decide
	p.respond = l.releases.until(l.announced.until(l.answerThenCommit))
}

// claim leaves the release to answerThenCommit.
func (l *lateCommits) claim(s *Service, at *attempt) (release func(), ok bool, err error) {
	release, ok, err = claimInProcess(s, at)
	l.releases.put(at, release)
	return func() {}, ok, err
}

// decide decides about several accounts at once, which takes its time to commit, and leaves the
// rest to answerThenCommit.
func (l *lateCommits) decide(s *Service, at *attempt) (answer, error) {
	if !several(at) {
		return s.commit(at)
	}
	var d decision
	err := s.update(at, func(tx store.Tx) (err error) {
		d, err = at.operation.decide(tx, at.tenant)
		return err
	})
	l.announced.put(at, d)
	if err != nil || d.refusal == nil {
		return created(d.result), err
	}
	return *d.refusal, nil
}

// several tells whether an operation is about several accounts.
func several(at *attempt) bool {
	switch at.operation.(type) {
	case *transferInput, *batchInput:
		return true
	}
	return false
}

// commitLag is what a commit takes longer than the work of the processor: long enough for the next
// reader, who may be in another process on a busy machine.
const commitLag = 200 * time.Millisecond

// answerThenCommit commits later.
func (l *lateCommits) answerThenCommit(
	s *Service, w http.ResponseWriter, at *attempt, a answer,
) {
	if release := l.releases.get(at); release != nil {
		defer release()
	}
	a.write(w)
	_ = http.NewResponseController(w).Flush() // a client that has gone needs no answer
	if !a.decided || !several(at) {
		return
	}
	err := pause(at.ctx, s.set.Work+commitLag)
	if err == nil {
		err = s.update(at, func(tx store.Tx) error {
			if _, err := s.enter(tx, at, l.announced.get(at)); err != nil {
				return err
			}
			return s.record(tx, at, a)
		})
	}
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "answered and not committed", "error", err)
	}
}

// storeHowItEnded stores the key as failed when what comes after the commit fails: here a receipt
// that is handed to the mailer under the client's context.
func storeHowItEnded(s *Service, at *attempt, decided answer) answer {
	if !decided.decided {
		return decided
	}
	ended := decided
	if _, hasReceipt := at.operation.(*chargeInput); hasReceipt {
		if err := pause(at.request, s.set.Work); err != nil {
			ended = problem(internal, "the receipt could not be sent: %v", err)
		}
	}
	err := s.update(at, func(tx store.Tx) error { return tx.PutRecord(s.recordOf(at, ended)) })
	if err != nil {
		return s.failed(at, "storing the answer", err)
	}
	return ended
}

// findUnfailed does not take a failed operation for a decided one.
func findUnfailed(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	return record, found && record.Status < 500, err
}
