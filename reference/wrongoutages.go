package reference

import (
	"errors"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// connection is the one connection to where keys are looked up. As drivers do, it closes when the
// context of whoever uses it ends; opening another takes three times as long as the usual work.
type connection struct {
	mu     sync.Mutex // guards back
	back   time.Time  // when there is a connection again
	memory keyTable   // for while there is none
}

func (c *connection) down(s *Service) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.set.Clock.Now().Before(c.back)
}

// use uses the connection in the name of the attempt's client, and tells whether it stood that.
func (c *connection) use(s *Service, at *attempt) bool {
	if c.down(s) {
		return false
	}
	if at.request.Err() == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.back = s.set.Clock.Now().Add(3 * s.set.Work)
	return false
}

// findOrGoOn goes on without protection when it cannot look.
func (c *connection) findOrGoOn(
	s *Service, r store.Reader, at *attempt,
) (store.Record, bool, error) {
	if c.down(s) {
		at.protected = false
		return store.Record{}, false, nil
	}
	return findByKey(s, r, at)
}

// fill puts the answer into the cache, which is of no account here, and may cost the connection.
func (c *connection) fill(s *Service, at *attempt, decided answer) answer {
	if !c.use(s, at) {
		s.set.Log.ErrorContext(at.ctx, "answer not cached")
	}
	return decided
}

func (c *connection) findOrRemember(
	s *Service, r store.Reader, at *attempt,
) (store.Record, bool, error) {
	if c.down(s) {
		return c.memory.find(s, r, at)
	}
	return findByKey(s, r, at)
}

func (c *connection) commit(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	if !c.use(s, at) {
		if s.stores(at, decided) {
			c.memory.put(s.recordOf(at, decided))
		}
		return decided, nil
	}
	return decided, s.update(at, func(tx store.Tx) error { return s.record(tx, at, decided) })
}

// markInProgress marks the key in a transaction of its own. A mark that stays that long is swept:
// the next attempt may replace it. Unless the work was committed, the attempt takes it away itself.
func markInProgress(sweptAfter time.Duration) claimStep {
	return func(s *Service, at *attempt) (release func(), ok bool, err error) {
		mark := s.recordOf(at, answer{})
		mark.ExpiresAt = mark.CreatedAt.Add(sweptAfter)
		at.release = func() { s.drop(at) }
		err = s.update(at, func(tx store.Tx) error { return tx.InsertRecord(mark) })
		if !errors.Is(err, store.ErrExists) {
			return func() { at.release() }, true, err
		}
		decided := false
		err = s.set.Store.View(at.ctx, func(r store.Reader) error {
			_, decided, err = findDecided(s, r, at)
			return err
		})
		return func() {}, decided, err
	}
}

// commitThenFinish turns the mark into an answer in the name of a client that may have gone.
func commitThenFinish(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err == nil && s.stores(at, decided) {
		at.release = func() {}
		return commitKeyForClient(s, at, decided), nil
	}
	return decided, err
}
