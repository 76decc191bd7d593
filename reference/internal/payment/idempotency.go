package payment

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	maxBody = 64 << 10
	// WorkLimit bounds how long an attempt is worked on after its client may have gone.
	WorkLimit = 30 * time.Second

	sweepEvery = time.Minute
	sweepLimit = 1000 // records per sweep, so that no operation pays for a whole night's
)

// operating serves a route of operations.
func (s *Server) operating(empty func() operation.Input) tenantHandler {
	return func(w http.ResponseWriter, r *http.Request, tenant string) {
		at := &Arrival{
			Request: r.Context(), Header: r.Header, Tenant: tenant, Route: r.Pattern,
			Operation: empty(),
		}
		if refusal := s.accept(w, r, at); refusal != nil {
			refusal.Write(w)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), WorkLimit)
		defer cancel()
		at.Context = ctx
		s.steps.Respond(s, w, at, s.resolve(at))
	}
}

// accept fills in the attempt, or says why there is none. Nothing is looked up before all of it is
// known to be well formed.
func (s *Server) accept(
	w http.ResponseWriter, r *http.Request, at *Arrival,
) (refusal *answer.Response) {
	if at.Key, at.Protected, refusal = s.steps.Key(r.Header); refusal != nil {
		return refusal
	}
	body, refusal := s.steps.Body(http.MaxBytesReader(w, r.Body, maxBody))
	if refusal != nil {
		return refusal
	}
	if refusal := s.steps.Decode(body, at.Operation); refusal != nil {
		return refusal
	}
	at.Scope = s.steps.Scope(at)
	at.RecordKey = s.steps.RecordKey(at)
	at.Fingerprint = s.steps.Fingerprint(at, body)
	return nil
}

// resolve answers an attempt: from what is stored, or by executing the operation.
func (s *Server) resolve(at *Arrival) answer.Response {
	if !at.Protected {
		return s.perform(at)
	}
	release, ok, err := s.steps.Claim(s, at)
	if err != nil {
		return s.Failed(at, "claiming the key", err)
	}
	if !ok {
		return s.steps.InFlight()
	}
	defer release()
	record, found, err := s.lookUp(at)
	if err != nil {
		return s.Failed(at, "looking the key up", err)
	}
	if found {
		return s.repeat(at, record)
	}
	return s.perform(at)
}

// ClaimKey keeps other attempts with the key of an attempt out until it is released; false when
// another one is in.
func (s *Server) ClaimKey(at *Arrival) (release func(), ok bool) {
	return s.claims.enter(at.FullKey())
}

// lookUp also learns what the processor will be asked, because that may take reading too.
func (s *Server) lookUp(at *Arrival) (record store.Record, found bool, err error) {
	err = s.Options.Store.View(at.Context, func(r store.Reader) (err error) {
		if record, found, err = s.steps.Find(s, r, at); found || err != nil {
			return err
		}
		at.Authorize, err = at.Operation.Authorization(r, at.Tenant)
		return err
	})
	return record, found, err
}

// repeat answers an attempt whose key is known.
func (s *Server) repeat(at *Arrival, record store.Record) answer.Response {
	if record.Fingerprint != at.Fingerprint {
		return s.steps.Mismatch(at, record)
	}
	return s.steps.Replay(s, at, record)
}

// perform executes the operation. Whoever calls it holds the key's claim; another instance over the
// same database may be executing it too, and then only one of them gets to record the key.
func (s *Server) perform(at *Arrival) answer.Response {
	if refusal := s.Authorise(at); refusal != nil {
		return s.putOff(at, *refusal)
	}
	s.Options.Point(BeforeCommit)
	decision, err := s.steps.Commit(s, at)
	if errors.Is(err, store.ErrExists) {
		return s.followWinner(at)
	}
	if err != nil {
		return s.Failed(at, "committing", err)
	}
	s.Options.Point(AfterCommit)
	return s.steps.Settle(s, at, decision)
}

// Authorise asks the processor, outside of any transaction. It returns nil when the processor
// agrees.
func (s *Server) Authorise(at *Arrival) *answer.Response {
	if at.Authorize == nil {
		return nil
	}
	leave, ok := s.slots.enter(at.Tenant + "\n" + at.Authorize.Account)
	if !ok {
		p := answer.Problem(answer.Busy, "account %s has its %d operations at the processor",
			at.Authorize.Account, s.Options.Slots).Again()
		return &p
	}
	defer leave()
	ctx, cancel := s.steps.Working(at)
	defer cancel()
	at.Authorize.Tenant = at.Tenant
	if at.Protected {
		at.Authorize.Key = at.Scope + " " + at.Key
	}
	if err := s.Options.Processor.Authorize(ctx, *at.Authorize); err != nil {
		p := s.Failed(at, "authorising", err)
		return &p
	}
	return nil
}

// putOff answers an attempt that came to no decision.
func (s *Server) putOff(at *Arrival, refusal answer.Response) answer.Response {
	if s.Stores(at, refusal) {
		if err := s.Keep(at, refusal); err != nil {
			return s.Failed(at, "recording a refusal", err)
		}
	}
	return refusal
}

// Commit decides the operation and enters its effects, its key and its answer in one transaction.
func (s *Server) Commit(at *Arrival) (decided answer.Response, err error) {
	due := s.sweepDue()
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		if decided, err = s.steps.Enter(s, tx, at, d); err != nil {
			return err
		}
		if due {
			if err := tx.DeleteExpired(s.Options.Clock.Now(), sweepLimit); err != nil {
				return err
			}
		}
		return s.Record(tx, at, decided)
	})
	return decided, err
}

// Update runs a transaction that goes on when the client goes away.
func (s *Server) Update(at *Arrival, fn func(store.Tx) error) error {
	return s.Options.Store.Update(at.Context, fn)
}

// Record stores the answer under the key, if it is one to be stored.
func (s *Server) Record(tx store.Tx, at *Arrival, a answer.Response) error {
	if !s.Stores(at, a) {
		return nil
	}
	return s.steps.Save(tx, s.RecordOf(at, a))
}

// Keep records the answer in a transaction of its own.
func (s *Server) Keep(at *Arrival, a answer.Response) error {
	return s.Update(at, func(tx store.Tx) error { return s.Record(tx, at, a) })
}

// Stores reports whether an answer is stored under the key of the attempt.
func (s *Server) Stores(at *Arrival, a answer.Response) bool {
	return at.Protected && s.steps.Keep(a)
}

// RecordOf is how an answer is stored under the key of the attempt.
func (s *Server) RecordOf(at *Arrival, a answer.Response) store.Record {
	now := s.Options.Clock.Now()
	return store.Record{
		Scope: at.Scope, Key: at.RecordKey, Fingerprint: at.Fingerprint,
		Status: a.Status, ContentType: a.ContentType, Location: a.Location, Body: a.Body,
		CreatedAt: now, ExpiresAt: now.Add(s.steps.Lifetime(s.Options.Retention)),
	}
}

// followWinner answers an attempt that lost to another instance.
func (s *Server) followWinner(at *Arrival) answer.Response {
	record, found, err := s.lookUp(at)
	if err != nil {
		return s.Failed(at, "reading the answer of another instance", err)
	}
	if !found { // not the key was taken but something else; a repeat will see what
		return answer.Problem(answer.Unavailable, "the operation met another one").Again()
	}
	return s.repeat(at, record)
}

// Failed answers an attempt of which nobody knows whether it did anything.
func (s *Server) Failed(at *Arrival, doing string, err error) answer.Response {
	s.Options.Log.ErrorContext(at.Context, "attempt failed",
		"doing", doing, "route", at.Route, "error", err)
	return answer.Problem(answer.Unavailable, "%s failed", doing).Again()
}

// sweepDue reports whether it is time to sweep, which it is once per sweepEvery. The operations
// sweep keys themselves, so that no goroutine outlives them.
func (s *Server) sweepDue() bool {
	now, last := s.Options.Clock.Now().UnixNano(), s.swept.Load()
	return now-last >= int64(sweepEvery) && s.swept.CompareAndSwap(last, now)
}
