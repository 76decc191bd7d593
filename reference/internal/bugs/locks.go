package bugs

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// lockBugs hold a key too short, too long, or for somebody else.
func lockBugs() []Bug {
	return []Bug{
		{
			Name:    "lock-shorter-than-work",
			Mistake: "Its lock on the key ends by itself while slow work still goes on.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) {
				do.Claim, do.Commit, do.Save = lockFor(aFifthOfTheWork), commitSlowly, overwrite
			},
		},
		{
			Name: "lock-released-before-answer",
			Mistake: "It releases the lock when the effect is committed, and stores the answer only " +
				"after others were told.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { (&earlyReleases{}).use(do) },
		},
		{
			Name:    "lock-released-by-another",
			Mistake: "A duplicate that did not get the lock releases it all the same when it leaves.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "divergent-replay", "replay-unmarked",
				"error-caching",
			},
			Change: func(do *payment.Steps) { do.Claim, do.Save = lockAndAlwaysUnlock, overwrite },
		},
		{
			Name: "live-work-taken-for-orphan",
			Mistake: "It takes an attempt whose client has gone for abandoned, and lets the next one in " +
				"while it still works.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) {
				do.Claim, do.Commit, do.Save = takeOver(), commitSlowly, overwrite
			},
		},
		{
			Name:    "in-progress-never-recovers",
			Mistake: "It stores the key as in progress and never clears that when the client goes away.",
			Rules:   []string{"stuck-key"},
			Change: func(do *payment.Steps) {
				do.Claim, do.Find, do.Save = claimInStore, findDecided, overwrite
				do.Working = stopWithClient
			},
		},
		{
			Name:    "in-progress-for-a-day",
			Mistake: "The lock of an instance that was killed ends only after a day.",
			Rules:   []string{"stuck-key"},
			Needs:   needsCrash,
			Change:  func(do *payment.Steps) { do.Claim = lockFor(aDay) },
		},
		{
			Name: "lock-removed-while-awaited",
			Mistake: "Whoever lets go of a key's lock removes it from the table while others wait for it, " +
				"and the next to come makes another one.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change: func(do *payment.Steps) {
				do.Claim, do.Save, do.Working = newKeyLocks().claim, overwrite, stopWithClient
			},
		},
	}
}

// lockFor claims keys by a lock in the store that ends by itself, as SET NX PX does. It is released
// by its owner only.
func lockFor(lease func(*payment.Server) time.Duration) payment.ClaimStep {
	return func(s *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
		mine := lockOf(s, at, lease(s))
		err = s.Update(at, func(tx store.Tx) error { return tx.InsertRecord(mine) })
		if errors.Is(err, store.ErrExists) {
			return nil, false, nil
		}
		return func() { unlock(s, at, mine) }, true, err
	}
}

func aFifthOfTheWork(s *payment.Server) time.Duration { return s.Options.Work / 5 }

func aDay(*payment.Server) time.Duration { return 24 * time.Hour }

// theLimit is the lease that is long enough: nobody works longer.
func theLimit(*payment.Server) time.Duration { return payment.WorkLimit }

// commitSlowly keeps books that take twice as long as the processor.
func commitSlowly(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	if at.Authorize != nil {
		if err := processor.Pause(at.Context, 2*s.Options.Work); err != nil {
			return answer.Response{}, err
		}
	}
	return s.Commit(at)
}

// lockAndAlwaysUnlock is what `defer unlock()` before `if !locked { return }` comes to.
func lockAndAlwaysUnlock(
	s *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	release, ok, err = lockFor(theLimit)(s, at)
	if !ok && err == nil {
		anybodys := lockOf(s, at, 0)
		err = s.Update(at, func(tx store.Tx) error {
			return tx.DeleteRecord(anybodys.Scope, anybodys.Key)
		})
	}
	return release, ok, err
}

// lockOf makes the row of a lock, with its owner where answers have their fingerprint.
func lockOf(s *payment.Server, at *payment.Arrival, lease time.Duration) store.Record {
	now := s.Options.Clock.Now()
	return store.Record{
		Scope: "lock " + at.Scope, Key: at.RecordKey,
		Fingerprint: strconv.FormatInt(now.UnixNano(), 10),
		CreatedAt:   now, ExpiresAt: now.Add(lease),
	}
}

func unlock(s *payment.Server, at *payment.Arrival, mine store.Record) {
	logged(s, at, "lock not released", s.Update(at, func(tx store.Tx) error {
		held, err := tx.Record(mine.Scope, mine.Key)
		if err != nil || held.Fingerprint != mine.Fingerprint {
			return err
		}
		return tx.DeleteRecord(mine.Scope, mine.Key)
	}))
}

// earlyReleases let go of keys that are claimed before their answers are stored.
type earlyReleases struct{ releases notes[func()] }

func (e *earlyReleases) use(do *payment.Steps) {
	do.Claim, do.Commit, do.Save = e.claim, e.commit, overwrite
	do.Respond = e.releases.until(do.Respond)
}

// claim lets the commit release the claim.
func (e *earlyReleases) claim(
	s *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	release, ok, err = right.ClaimInProcess(s, at)
	release = sync.OnceFunc(release)
	e.releases.put(at, release)
	return release, ok, err
}

// commit tells others about the payment, which takes its time, before it stores the answer.
func (e *earlyReleases) commit(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	e.releases.get(at)()
	if at.Authorize != nil {
		if err := processor.Pause(at.Context, 3*s.Options.Work); err != nil {
			return answer.Response{}, err
		}
	}
	return decided, s.Keep(at, decided)
}

// takeOver claims keys, and takes those whose owner works for a client that has gone.
func takeOver() payment.ClaimStep {
	var mu sync.Mutex
	owners := map[string]*payment.Arrival{}
	return func(_ *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
		mu.Lock()
		defer mu.Unlock()
		name := at.FullKey()
		if owner := owners[name]; owner != nil && owner.Request.Err() == nil {
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

// claimInStore marks the key as in progress in a transaction of its own. Its release works under
// the client's context, which is the mistake: a client that has gone leaves the mark for ever.
func claimInStore(s *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
	err = insertMark(s, at, variants.ForEver)
	if errors.Is(err, store.ErrExists) {
		return enterIfDecided(s, at)
	}
	return func() { clearMark(s, at) }, true, err
}

// insertMark stores a key as one in progress.
func insertMark(s *payment.Server, at *payment.Arrival, keptFor time.Duration) error {
	mark := s.RecordOf(at, answer.Response{})
	mark.ExpiresAt = mark.CreatedAt.Add(keptFor)
	return s.Update(at, func(tx store.Tx) error { return tx.InsertRecord(mark) })
}

// enterIfDecided lets an attempt in whose key is taken when its answer is there.
func enterIfDecided(s *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
	err = s.Options.Store.View(at.Context, func(r store.Reader) error {
		_, ok, err = findDecided(s, r, at)
		return err
	})
	return func() {}, ok, err
}

func clearMark(s *payment.Server, at *payment.Arrival) {
	logged(s, at, "key stays in progress", s.Options.Store.Update(at.Request, func(tx store.Tx) error {
		_, decided, err := findDecided(s, tx, at)
		if decided || err != nil {
			return err
		}
		return tx.DeleteRecord(at.Scope, at.RecordKey)
	}))
}

// keyLocks has a lock per key for as long as somebody seems to need it.
type keyLocks struct {
	mu    sync.Mutex // guards locks
	locks map[string]chan struct{}
}

func newKeyLocks() *keyLocks { return &keyLocks{locks: map[string]chan struct{}{}} }

// claim waits for the lock of its key. Its release removes the lock from the table, which is the
// mistake: those who wait for it have it still, and the next to come makes another one.
func (k *keyLocks) claim(
	_ *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	name := at.FullKey()
	lock := k.lockOf(name)
	select {
	case lock <- struct{}{}:
	case <-at.Context.Done():
		return nil, false, at.Context.Err()
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
