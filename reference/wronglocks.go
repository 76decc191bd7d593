package reference

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

func aFifthOfTheWork(s *Service) time.Duration { return s.set.Work / 5 }

func aDay(*Service) time.Duration { return 24 * time.Hour }

// theLimit is the lease that is long enough: nobody works longer.
func theLimit(*Service) time.Duration { return workLimit }

// commitSlowly keeps books that take twice as long as the processor.
func commitSlowly(s *Service, at *attempt) (answer, error) {
	if at.authorize != nil {
		if err := pause(at.ctx, 2*s.set.Work); err != nil {
			return answer{}, err
		}
	}
	return s.commit(at)
}

// lockFor claims keys by a lock in the store that ends by itself, as SET NX PX does. It is released
// by its owner only.
func lockFor(lease func(*Service) time.Duration) claimStep {
	return func(s *Service, at *attempt) (release func(), ok bool, err error) {
		mine := lockOf(s, at, lease(s))
		err = s.update(at, func(tx store.Tx) error { return tx.InsertRecord(mine) })
		if errors.Is(err, store.ErrExists) {
			return nil, false, nil
		}
		return func() { unlock(s, at, mine) }, true, err
	}
}

// lockAndAlwaysUnlock is what `defer unlock()` before `if !locked { return }` comes to.
func lockAndAlwaysUnlock(s *Service, at *attempt) (release func(), ok bool, err error) {
	release, ok, err = lockFor(theLimit)(s, at)
	if !ok && err == nil {
		anybodys := lockOf(s, at, 0)
		err = s.update(at, func(tx store.Tx) error {
			return tx.DeleteRecord(anybodys.Scope, anybodys.Key)
		})
	}
	return release, ok, err
}

// lockOf makes the row of a lock, with its owner where answers have their fingerprint.
func lockOf(s *Service, at *attempt, lease time.Duration) store.Record {
	now := s.set.Clock.Now()
	return store.Record{
		Scope: "lock " + at.scope, Key: at.recordKey,
		Fingerprint: strconv.FormatInt(now.UnixNano(), 10),
		CreatedAt:   now, ExpiresAt: now.Add(lease),
	}
}

func unlock(s *Service, at *attempt, mine store.Record) {
	err := s.update(at, func(tx store.Tx) error {
		held, err := tx.Record(mine.Scope, mine.Key)
		if err != nil || held.Fingerprint != mine.Fingerprint {
			return err
		}
		return tx.DeleteRecord(mine.Scope, mine.Key)
	})
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "lock not released", "error", err)
	}
}

// earlyReleases let go of keys that are claimed before their answers are stored.
type earlyReleases struct{ releases notes[func()] }

func (e *earlyReleases) use(p *policy) {
	p.claim, p.commit, p.save = e.claim, e.commit, overwrite
	p.respond = e.releases.until(p.respond)
}

// claim lets the commit release the claim.
func (e *earlyReleases) claim(s *Service, at *attempt) (release func(), ok bool, err error) {
	release, ok, err = claimInProcess(s, at)
	release = sync.OnceFunc(release)
	e.releases.put(at, release)
	return release, ok, err
}

// commit tells others about the payment, which takes its time, before it stores the answer.
func (e *earlyReleases) commit(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	e.releases.get(at)()
	if at.authorize != nil {
		if err := pause(at.ctx, 3*s.set.Work); err != nil {
			return answer{}, err
		}
	}
	return decided, s.update(at, func(tx store.Tx) error { return s.record(tx, at, decided) })
}

// takeOver claims keys, and takes those whose owner works for a client that has gone.
func takeOver() claimStep {
	var mu sync.Mutex
	owners := map[string]*attempt{}
	return func(_ *Service, at *attempt) (release func(), ok bool, err error) {
		mu.Lock()
		defer mu.Unlock()
		name := at.fullKey()
		if owner := owners[name]; owner != nil && owner.request.Err() == nil {
			return nil, false, nil
		}
		owners[name] = at
		return func() {
			mu.Lock()
			defer mu.Unlock()
			if owners[name] == at {
				delete(owners, name)
			}
		}, true, nil
	}
}

// keyLocks has a lock per key for as long as somebody seems to need it.
type keyLocks struct {
	mu    sync.Mutex // guards locks
	locks map[string]chan struct{}
}

func newKeyLocks() *keyLocks { return &keyLocks{locks: map[string]chan struct{}{}} }

// claim waits for the lock of its key. Its release removes the lock from the table, which is the
// mistake: those who wait for it have it still, and the next to come makes another one.
func (k *keyLocks) claim(_ *Service, at *attempt) (release func(), ok bool, err error) {
	name := at.fullKey()
	lock := k.lockOf(name)
	select {
	case lock <- struct{}{}:
	case <-at.ctx.Done():
		return nil, false, at.ctx.Err()
	}
	return func() {
		k.mu.Lock()
		delete(k.locks, name)
		k.mu.Unlock()
		<-lock
	}, true, nil
}

func (k *keyLocks) lockOf(name string) chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.locks[name] == nil {
		k.locks[name] = make(chan struct{}, 1)
	}
	return k.locks[name]
}
