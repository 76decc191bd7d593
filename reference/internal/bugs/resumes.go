package bugs

import (
	"bytes"
	"context"
	"net/http"
	"sync"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// resumeBugs go on with an earlier attempt, and do not ask what has changed since.
func resumeBugs() []Bug {
	return []Bug{
		{
			Name: "resume-skips-check",
			Mistake: "A retry resumes after the check for funds, which others have spent since the " +
				"attempt that checked.",
			Rules: []string{"state-divergence"},
			// Charges of up to 300 use up an account of 1000; how many that takes is drawn.
			Operations: 8,
			Change: func(do *payment.Steps) {
				checked := &checkedFunds{noted: map[string]bool{}}
				do.Find, do.Commit, do.Working = checked.find, checked.commit, stopWithClient
				do.Respond = checked.retry.until(do.Respond)
			},
		},
		{
			Name: "failed-attempt-redriven",
			Mistake: "It puts failed attempts into a queue and executes them later, and does not ask " +
				"whether the client's own retry has been executed meanwhile.",
			Rules: []string{"duplicate-effect", "divergent-replay"},
			Change: func(do *payment.Steps) {
				failed := &failedAttempts{}
				do.Respond, do.Settle = failed.respond, failed.settle
				do.Save, do.Working = overwrite, stopWithClient
			},
		},
	}
}

// checkedFunds notes the charges for which there was enough, so that a retry need not ask again.
type checkedFunds struct {
	mu    sync.Mutex // guards noted
	noted map[string]bool
	retry notes[bool] // whether an attempt is a retry of a charge that was noted
}

func noteOf(at *payment.Arrival) string {
	return at.Scope + "\n" + keyAndBody(at.RecordKey, at.Fingerprint)
}

// note reports whether the charge was noted before.
func (c *checkedFunds) note(at *payment.Arrival, enough bool) (before bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before = c.noted[noteOf(at)]
	c.noted[noteOf(at)] = before || enough
	return before
}

func (c *checkedFunds) forget(at *payment.Arrival) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.noted, noteOf(at))
}

// find takes the first step of a charge, or learns that it was taken.
func (c *checkedFunds) find(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	in, isCharge := at.Operation.(*operation.ChargeInput)
	if found || err != nil || !isCharge {
		return record, found, err
	}
	account, missing := r.Account(at.Tenant, in.Account)
	c.retry.put(at, c.note(at, missing == nil && account.Balance >= in.Amount))
	return record, false, nil
}

// commit takes the next step. The first attempt has the account to itself until then, which is
// here that it checks once more; a retry has not.
func (c *checkedFunds) commit(
	s *payment.Server, at *payment.Arrival,
) (decided answer.Response, err error) {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	if isCharge && c.retry.get(at) {
		decided, err = commitUnchecked(s, at, in)
	} else {
		decided, err = s.Commit(at)
	}
	if err == nil {
		c.forget(at)
	}
	return decided, err
}

// commitUnchecked enters a charge whatever the account has.
func commitUnchecked(
	s *payment.Server, at *payment.Arrival, in *operation.ChargeInput,
) (decided answer.Response, err error) {
	err = s.Update(at, func(tx store.Tx) error {
		account, err := tx.Account(at.Tenant, in.Account)
		if err != nil {
			return err
		}
		d, err := in.Charge(tx, account)
		if err == nil && d.Refusal != nil {
			d.Refusal = nil
			d, err = in.Capture(tx, account, d)
		}
		if err != nil {
			return err
		}
		if decided, err = right.Enter(s, tx, at, d); err != nil {
			return err
		}
		return s.Record(tx, at, decided)
	})
	return decided, err
}

// failedAttempts wait for a worker to execute them. It works when the next operation is decided,
// because the service has no goroutines of its own.
type failedAttempts struct {
	mu      sync.Mutex // guards waiting
	waiting []*payment.Arrival
}

// respond also hands over what failed.
func (f *failedAttempts) respond(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if bytes.Contains(a.Body, []byte("/problems#"+answer.Unavailable)) {
		f.mu.Lock()
		f.waiting = append(f.waiting, at)
		f.mu.Unlock()
	}
	right.WriteAnswer(s, w, at, a)
}

// settle executes all that wait. Whether somebody else has done so by now, it does not ask.
func (f *failedAttempts) settle(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	for _, failed := range f.take() {
		redo(at.Context, s, failed)
	}
	return decided
}

// take lists the attempts that failed, and forgets them.
func (f *failedAttempts) take() []*payment.Arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.waiting
	f.waiting = nil
	return waiting
}

// redo executes an attempt without a client.
func redo(ctx context.Context, s *payment.Server, failed *payment.Arrival) {
	again := *failed
	again.Context, again.Request = ctx, ctx
	if s.Authorise(&again) == nil {
		_, err := s.Commit(&again)
		logged(s, &again, "not executed later", err)
	}
}
