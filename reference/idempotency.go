package reference

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	sweepEvery = time.Minute
	sweepLimit = 1000 // records per sweep, so that no operation pays for a whole night's
)

// resolve answers an attempt: from what is stored, or by executing the operation.
func (s *Service) resolve(at *attempt) answer {
	if !at.protected {
		return s.perform(at)
	}
	release, ok, err := s.policy.claim(s, at)
	if err != nil {
		return s.failed(at, "claiming the key", err)
	}
	if !ok {
		return s.policy.inFlight()
	}
	defer release()
	record, found, err := s.lookUp(at)
	if err != nil {
		return s.failed(at, "looking the key up", err)
	}
	if found {
		return s.repeat(at, record)
	}
	return s.perform(at)
}

// lookUp also learns what the processor will be asked, because that may take reading too.
func (s *Service) lookUp(at *attempt) (record store.Record, found bool, err error) {
	err = s.set.Store.View(at.ctx, func(r store.Reader) (err error) {
		if record, found, err = s.policy.find(s, r, at); found || err != nil {
			return err
		}
		at.authorize, err = at.operation.authorization(r, at.tenant)
		return err
	})
	return record, found, err
}

// repeat answers an attempt whose key is known.
func (s *Service) repeat(at *attempt, record store.Record) answer {
	if record.Fingerprint != at.fingerprint {
		return s.policy.mismatch(at, record)
	}
	return s.policy.replay(s, at, record)
}

// perform executes the operation. Whoever calls it holds the key's claim; another instance over the
// same database may be executing it too, and then only one of them gets to record the key.
func (s *Service) perform(at *attempt) answer {
	if refusal := s.authorise(at); refusal != nil {
		return s.putOff(at, *refusal)
	}
	s.set.Point(BeforeCommit)
	decision, err := s.policy.commit(s, at)
	if errors.Is(err, store.ErrExists) {
		return s.followWinner(at)
	}
	if err != nil {
		return s.failed(at, "committing", err)
	}
	s.set.Point(AfterCommit)
	return s.policy.settle(s, at, decision)
}

// authorise asks the processor, outside of any transaction. It returns nil when the processor
// agrees.
func (s *Service) authorise(at *attempt) *answer {
	if at.authorize == nil {
		return nil
	}
	leave, ok := s.slots.enter(at.tenant + "\n" + at.authorize.Account)
	if !ok {
		p := problem(busy, "account %s has its %d operations at the processor",
			at.authorize.Account, s.set.Slots).again()
		return &p
	}
	defer leave()
	ctx, cancel := s.policy.working(at)
	defer cancel()
	at.authorize.Tenant = at.tenant
	if at.protected {
		at.authorize.Key = at.scope + " " + at.key
	}
	if err := s.set.Processor.Authorize(ctx, *at.authorize); err != nil {
		p := s.failed(at, "authorising", err)
		return &p
	}
	return nil
}

// putOff answers an attempt that came to no decision.
func (s *Service) putOff(at *attempt, refusal answer) answer {
	if !s.stores(at, refusal) {
		return refusal
	}
	err := s.update(at, func(tx store.Tx) error { return s.record(tx, at, refusal) })
	if err != nil {
		return s.failed(at, "recording a refusal", err)
	}
	return refusal
}

// commit decides the operation and enters its effects, its key and its answer in one transaction.
func (s *Service) commit(at *attempt) (decided answer, err error) {
	due := s.sweepDue()
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		if decided, err = s.policy.enter(s, tx, at, d); err != nil {
			return err
		}
		if due {
			if err := tx.DeleteExpired(s.set.Clock.Now(), sweepLimit); err != nil {
				return err
			}
		}
		return s.record(tx, at, decided)
	})
	return decided, err
}

func (s *Service) update(at *attempt, fn func(store.Tx) error) error {
	return s.set.Store.Update(at.ctx, fn)
}

// record stores the answer under the key, if it is one to be stored.
func (s *Service) record(tx store.Tx, at *attempt, a answer) error {
	if !s.stores(at, a) {
		return nil
	}
	return s.policy.save(tx, s.recordOf(at, a))
}

func (s *Service) stores(at *attempt, a answer) bool { return at.protected && s.policy.keep(a) }

func (s *Service) recordOf(at *attempt, a answer) store.Record {
	now := s.set.Clock.Now()
	return store.Record{
		Scope: at.scope, Key: at.recordKey, Fingerprint: at.fingerprint,
		Status: a.status, ContentType: a.contentType, Location: a.location, Body: a.body,
		CreatedAt: now, ExpiresAt: now.Add(s.policy.lifetime(s.set.Retention)),
	}
}

// followWinner answers an attempt that lost to another instance.
func (s *Service) followWinner(at *attempt) answer {
	record, found, err := s.lookUp(at)
	if err != nil {
		return s.failed(at, "reading the answer of another instance", err)
	}
	if !found { // not the key was taken but something else; a repeat will see what
		return problem(unavailable, "the operation met another one").again()
	}
	return s.repeat(at, record)
}

// failed answers an attempt of which nobody knows whether it did anything.
func (s *Service) failed(at *attempt, doing string, err error) answer {
	s.set.Log.ErrorContext(at.ctx, "attempt failed",
		"doing", doing, "route", at.route, "error", err)
	return problem(unavailable, "%s failed", doing).again()
}

// sweepDue says yes once per sweepEvery. Keys are swept by the operations themselves, so that no
// goroutine outlives them.
func (s *Service) sweepDue() bool {
	now, last := s.set.Clock.Now().UnixNano(), s.swept.Load()
	return now-last >= int64(sweepEvery) && s.swept.CompareAndSwap(last, now)
}

func claimInProcess(s *Service, at *attempt) (release func(), ok bool, err error) {
	release, ok = s.claims.enter(at.fullKey())
	return release, ok, nil
}

func findByKey(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, err := r.Record(at.scope, at.recordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	return record, err == nil && !record.Expired(s.set.Clock.Now()), err
}

// finishWhatWasStarted does not stop when the client goes away: it would come back and ask.
func finishWhatWasStarted(at *attempt) (context.Context, context.CancelFunc) {
	return context.WithCancel(at.ctx)
}

func replayStored(_ *Service, _ *attempt, record store.Record) answer {
	return answer{
		status: record.Status, contentType: record.ContentType, location: record.Location,
		body: record.Body, replayed: true,
	}
}

func refuseMismatch(*attempt, store.Record) answer {
	return problem(keyMismatch, "the key was used with another body")
}

func refuseInFlight() answer {
	return problem(keyInFlight, "another attempt is being worked on").again()
}

func leaveSettled(_ *Service, _ *attempt, decided answer) answer { return decided }

func writeAnswer(_ *Service, w http.ResponseWriter, _ *attempt, a answer) { a.write(w) }
