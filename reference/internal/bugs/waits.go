package bugs

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// waitBugs let attempts wait for what does not come, or comes too late.
func waitBugs() []Bug {
	return []Bug{
		{
			Name: "promise-of-departed-client",
			Mistake: "Duplicates wait for the promise of the first attempt, which nobody keeps when its " +
				"client has gone, and so are all that come later.",
			Rules:  []string{"stuck-key"},
			Change: func(do *payment.Steps) { do.Claim = newPromises().claim },
		},
		{
			Name: "mark-without-condition",
			Mistake: "It looks whether a key is in progress and marks it in a second step, so that two " +
				"attempts within a millisecond both find it free.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Claim, do.Save = (&marks{}).claim, overwrite },
		},
		{
			Name: "lease-of-thirty-seconds",
			Mistake: "A key whose client has gone stays in progress for thirty seconds, as it says, and " +
				"is then executed again although its work was committed.",
			Rules: []string{"duplicate-effect", "stuck-key", "replay-unmarked", "error-caching"},
			Change: func(do *payment.Steps) {
				(&marksInProgress{sweptAfter: lease}).use(do)
				do.InFlight = refuseForLease
			},
		},
		{
			Name: "keys-in-one-document",
			Mistake: "It keeps the keys of an account in one document, which it reads and writes as a " +
				"whole: of two operations at once one loses its key.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "early-expiry", "replay-unmarked", "error-caching",
				"payload-mismatch",
			},
			Change: func(do *payment.Steps) { do.Find, do.Commit = findInDocument, commitWithDocument },
		},
	}
}

// promises are what duplicates wait for, by key.
type promises struct {
	mu   sync.Mutex // guards open
	open map[string]chan struct{}
}

func newPromises() *promises { return &promises{open: map[string]chan struct{}{}} }

// claim makes the promise of a key, or waits for it to be kept. Its release keeps the promise only
// in the name of a client that is still there, which is the mistake.
func (p *promises) claim(
	_ *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	name := at.FullKey()
	for {
		kept := p.join(name)
		if kept == nil {
			return func() { p.keep(at, name) }, true, nil
		}
		select {
		case <-kept:
		case <-at.Request.Done():
			return nil, false, at.Request.Err()
		case <-at.Context.Done():
			return nil, false, at.Context.Err()
		}
	}
}

// join returns the promise that was made before; nil means that it is made now.
func (p *promises) join(name string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if made := p.open[name]; made != nil {
		return made
	}
	p.open[name] = make(chan struct{})
	return nil
}

func (p *promises) keep(at *payment.Arrival, name string) {
	if at.Request.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.open[name])
	delete(p.open, name)
}

// marks say which keys are in progress, in two questions to the store: is it, and now it is.
type marks struct{ of sync.Map }

// roundTrip is how long a question to the store takes.
const roundTrip = time.Millisecond

// claim marks a key that it found unmarked one question before.
func (m *marks) claim(_ *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
	name := at.FullKey()
	if _, marked := m.of.Load(name); marked {
		return nil, false, nil
	}
	if err := processor.Pause(at.Context, roundTrip); err != nil {
		return nil, false, err
	}
	m.of.Store(name, at)
	return func() { m.of.CompareAndDelete(name, at) }, true, nil
}

// lease is how long a key stays in progress when nobody finishes it: the default out there.
const lease = 30 * time.Second

func refuseForLease() answer.Response {
	a := right.RefuseInFlight()
	a.Wait = lease
	return a
}

// document holds the answers to the operations on an account, by scope and key.
type document map[string]store.Record

// documentOf names the document of an attempt; "" means that it is about no account.
func documentOf(r store.Reader, at *payment.Arrival) (string, error) {
	asked, err := at.Operation.Authorization(r, at.Tenant)
	if asked == nil || err != nil {
		return "", err
	}
	return at.Tenant + "\n" + asked.Account, nil
}

func readDocument(r store.Reader, name string) (document, error) {
	kept := document{}
	record, err := r.Record("document", name)
	if errors.Is(err, store.ErrNotFound) {
		return kept, nil
	}
	if err != nil {
		return nil, err
	}
	return kept, json.Unmarshal(record.Body, &kept)
}

func findInDocument(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	name, err := documentOf(r, at)
	if err != nil {
		return store.Record{}, false, err
	}
	if name == "" {
		return right.FindByKey(s, r, at)
	}
	kept, err := readDocument(r, name)
	record, found := kept[at.FullKey()]
	return record, found && !record.Expired(s.Options.Clock.Now()), err
}

// commitWithDocument writes the document as it was a question before, with what it has to add.
func commitWithDocument(
	s *payment.Server, at *payment.Arrival,
) (decided answer.Response, err error) {
	if at.Authorize == nil {
		return s.Commit(at)
	}
	name, kept, err := documentFor(s, at)
	if err == nil {
		err = processor.Pause(at.Context, roundTrip)
	}
	if err != nil {
		return answer.Response{}, err
	}
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		if decided, err = right.Enter(s, tx, at, d); err != nil || !s.Stores(at, decided) {
			return err
		}
		kept[at.FullKey()] = s.RecordOf(at, decided)
		now := s.Options.Clock.Now()
		return tx.PutRecord(store.Record{
			Scope: "document", Key: name, Body: answer.Encode(kept),
			CreatedAt: now, ExpiresAt: now.Add(variants.ForEver),
		})
	})
	return decided, err
}

func documentFor(s *payment.Server, at *payment.Arrival) (name string, kept document, err error) {
	err = s.Options.Store.View(at.Context, func(r store.Reader) error {
		if name, err = documentOf(r, at); err != nil {
			return err
		}
		kept, err = readDocument(r, name)
		return err
	})
	return name, kept, err
}
