package reference

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	// lease is how long a key stays in progress when nobody finishes it: the default out there.
	lease = 30 * time.Second
	// roundTrip is how long a question to the store takes.
	roundTrip = time.Millisecond
	// fitPoll is how often an insert is tried again that cannot succeed.
	fitPoll = 10 * time.Millisecond
	// keyColumn is how many characters some columns for keys take.
	keyColumn = 50
)

func refuseForLease() answer {
	a := refuseInFlight()
	a.wait = lease
	return a
}

// promises are what duplicates wait for, by key.
type promises struct {
	mu   sync.Mutex // guards open
	open map[string]chan struct{}
}

func newPromises() *promises { return &promises{open: map[string]chan struct{}{}} }

// claim makes the promise of a key, or waits for it to be kept. Its release keeps the promise only
// in the name of a client that is still there, which is the mistake.
func (p *promises) claim(_ *Service, at *attempt) (release func(), ok bool, err error) {
	name := at.fullKey()
	for {
		kept := p.join(name)
		if kept == nil {
			return func() { p.keep(at, name) }, true, nil
		}
		select {
		case <-kept:
		case <-at.request.Done():
			return nil, false, at.request.Err()
		case <-at.ctx.Done():
			return nil, false, at.ctx.Err()
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

func (p *promises) keep(at *attempt, name string) {
	if at.request.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.open[name])
	delete(p.open, name)
}

// marks say which keys are in progress, in two questions to the store: is it, and now it is.
type marks struct{ of sync.Map }

// claim marks a key that it found unmarked one question before.
func (m *marks) claim(_ *Service, at *attempt) (release func(), ok bool, err error) {
	name := at.fullKey()
	if _, marked := m.of.Load(name); marked {
		return nil, false, nil
	}
	if err := pause(at.ctx, roundTrip); err != nil {
		return nil, false, err
	}
	m.of.Store(name, at)
	return func() { m.of.CompareAndDelete(name, at) }, true, nil
}

// claimUntilItFits tries again to insert what does not fit into the column.
func claimUntilItFits(s *Service, at *attempt) (release func(), ok bool, err error) {
	for len(at.key) > keyColumn {
		if err := pause(at.request, fitPoll); err != nil {
			return nil, false, err
		}
	}
	return claimInProcess(s, at)
}

// document holds the answers to the operations on an account, by scope and key.
type document map[string]store.Record

// documentOf names the document of an attempt; "" means that it is about no account.
func documentOf(r store.Reader, at *attempt) (string, error) {
	asked, err := at.operation.authorization(r, at.tenant)
	if asked == nil || err != nil {
		return "", err
	}
	return at.tenant + "\n" + asked.Account, nil
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

func findInDocument(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	name, err := documentOf(r, at)
	if err != nil {
		return store.Record{}, false, err
	}
	if name == "" {
		return findByKey(s, r, at)
	}
	kept, err := readDocument(r, name)
	record, found := kept[at.fullKey()]
	return record, found && !record.Expired(s.set.Clock.Now()), err
}

// commitWithDocument writes the document as it was a question before, with what it has to add.
func commitWithDocument(s *Service, at *attempt) (decided answer, err error) {
	if at.authorize == nil {
		return s.commit(at)
	}
	name, kept, err := documentFor(s, at)
	if err == nil {
		err = pause(at.ctx, roundTrip)
	}
	if err != nil {
		return answer{}, err
	}
	err = s.update(at, func(tx store.Tx) error {
		d, err := at.operation.decide(tx, at.tenant)
		if err != nil {
			return err
		}
		if decided, err = s.enter(tx, at, d); err != nil || !s.stores(at, decided) {
			return err
		}
		kept[at.fullKey()] = s.recordOf(at, decided)
		now := s.set.Clock.Now()
		return tx.PutRecord(store.Record{
			Scope: "document", Key: name, Body: encode(kept),
			CreatedAt: now, ExpiresAt: now.Add(forEver),
		})
	})
	return decided, err
}

func documentFor(s *Service, at *attempt) (name string, kept document, err error) {
	err = s.set.Store.View(at.ctx, func(r store.Reader) error {
		if name, err = documentOf(r, at); err != nil {
			return err
		}
		kept, err = readDocument(r, name)
		return err
	})
	return name, kept, err
}
