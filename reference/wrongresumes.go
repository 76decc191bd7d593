package reference

import (
	"bytes"
	"context"
	"net/http"
	"sync"

	"github.com/idemcheck/idemcheck/reference/store"
)

// checkedFunds notes the charges for which there was enough, so that a retry need not ask again.
type checkedFunds struct {
	mu    sync.Mutex // guards noted
	noted map[string]bool
	retry notes[bool] // whether an attempt is a retry of a charge that was noted
}

func noteOf(at *attempt) string {
	return at.scope + "\n" + keyAndBody(at.recordKey, at.fingerprint)
}

// note tells whether the charge was noted before.
func (c *checkedFunds) note(at *attempt, enough bool) (before bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before = c.noted[noteOf(at)]
	c.noted[noteOf(at)] = before || enough
	return before
}

func (c *checkedFunds) forget(at *attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.noted, noteOf(at))
}

// find takes the first step of a charge, or learns that it was taken.
func (c *checkedFunds) find(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	in, isCharge := at.operation.(*chargeInput)
	if found || err != nil || !isCharge {
		return record, found, err
	}
	account, missing := r.Account(at.tenant, in.Account)
	c.retry.put(at, c.note(at, missing == nil && account.Balance >= in.Amount))
	return record, false, nil
}

// commit takes the next step. The first attempt has the account to itself until then, which is
// here that it checks once more; a retry has not.
func (c *checkedFunds) commit(s *Service, at *attempt) (decided answer, err error) {
	in, isCharge := at.operation.(*chargeInput)
	if isCharge && c.retry.get(at) {
		decided, err = commitUnchecked(s, at, in)
	} else {
		decided, err = s.commit(at)
	}
	if err == nil {
		c.forget(at)
	}
	return decided, err
}

// commitUnchecked enters a charge whatever the account has.
func commitUnchecked(s *Service, at *attempt, in *chargeInput) (decided answer, err error) {
	err = s.update(at, func(tx store.Tx) error {
		account, err := tx.Account(at.tenant, in.Account)
		if err != nil {
			return err
		}
		d, err := in.charge(tx, account)
		if err == nil && d.refusal != nil {
			d.refusal = nil
			d, err = in.capture(tx, account, d)
		}
		if err != nil {
			return err
		}
		if decided, err = s.enter(tx, at, d); err != nil {
			return err
		}
		return s.record(tx, at, decided)
	})
	return decided, err
}

// failedAttempts wait for a worker to execute them. It works when the next operation is decided,
// because the service has no goroutines of its own.
type failedAttempts struct {
	mu      sync.Mutex // guards waiting
	waiting []*attempt
}

// respond also hands over what failed.
func (f *failedAttempts) respond(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if bytes.Contains(a.body, []byte("/problems#"+unavailable)) {
		f.mu.Lock()
		f.waiting = append(f.waiting, at)
		f.mu.Unlock()
	}
	writeAnswer(s, w, at, a)
}

// settle executes all that wait. Whether somebody else has done so by now, it does not ask.
func (f *failedAttempts) settle(s *Service, at *attempt, decided answer) answer {
	f.mu.Lock()
	waiting := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	for _, failed := range waiting {
		redo(at.ctx, s, failed)
	}
	return decided
}

// redo executes an attempt without a client.
func redo(ctx context.Context, s *Service, failed *attempt) {
	again := *failed
	again.ctx, again.request = ctx, ctx
	if s.authorise(&again) != nil {
		return
	}
	if _, err := s.commit(&again); err != nil {
		s.set.Log.ErrorContext(ctx, "not executed later", "error", err)
	}
}
