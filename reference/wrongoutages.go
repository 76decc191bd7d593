package reference

import (
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// partitions is what the hash of a key is spread over, each with a connection of its own.
const partitions = 4096

// connections lead to where keys are looked up. As drivers do, they give one up when the context of
// whoever uses it ends; the next to use it finds it broken, and opens another for those after it.
type connections struct {
	mu     sync.Mutex       // guards broken
	broken [partitions]bool // by the hash of the key
	memory keyTable         // for when there is no connection
}

func partition(at *attempt) uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(at.scope + at.recordKey)) // a hash takes everything
	return hash.Sum32() % partitions
}

// down tells whether the connection is broken, and lets it be opened again.
func (c *connections) down(at *attempt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	down := c.broken[partition(at)]
	c.broken[partition(at)] = false
	return down
}

// use uses a connection in the name of the attempt's client, and tells whether it stood that.
func (c *connections) use(at *attempt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.request.Err() != nil {
		c.broken[partition(at)] = true
	}
	return !c.broken[partition(at)]
}

// findOrGoOn goes on without protection when it cannot look.
func (c *connections) findOrGoOn(
	s *Service, r store.Reader, at *attempt,
) (store.Record, bool, error) {
	if c.down(at) {
		at.protected = false
		return store.Record{}, false, nil
	}
	return findByKey(s, r, at)
}

// fill puts the answer into the cache, which is of no account here, and may cost the connection.
func (c *connections) fill(s *Service, at *attempt, decided answer) answer {
	if !c.use(at) {
		s.set.Log.ErrorContext(at.ctx, "answer not cached")
	}
	return decided
}

func (c *connections) findOrRemember(
	s *Service, r store.Reader, at *attempt,
) (store.Record, bool, error) {
	if c.down(at) {
		return c.memory.find(s, r, at)
	}
	return findByKey(s, r, at)
}

func (c *connections) commit(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	if !c.use(at) {
		if s.stores(at, decided) {
			c.memory.put(s.recordOf(at, decided))
		}
		return decided, nil
	}
	return decided, s.update(at, func(tx store.Tx) error { return s.record(tx, at, decided) })
}

// marksInProgress are stored under the keys that are worked on.
type marksInProgress struct {
	sweptAfter time.Duration
	committed  notes[bool] // whether the work of an attempt was committed
}

// use makes these marks the steps of a policy.
func (m *marksInProgress) use(p *policy) {
	p.claim, p.find, p.commit = m.claim, findDecided, m.commit
	p.save, p.respond = overwrite, m.committed.until(p.respond)
}

// claim marks the key in a transaction of its own. A mark that stays that long is swept: the next
// attempt may replace it.
func (m *marksInProgress) claim(s *Service, at *attempt) (release func(), ok bool, err error) {
	mark := s.recordOf(at, answer{})
	mark.ExpiresAt = mark.CreatedAt.Add(m.sweptAfter)
	err = s.update(at, func(tx store.Tx) error { return tx.InsertRecord(mark) })
	if !errors.Is(err, store.ErrExists) {
		return func() { m.release(s, at) }, true, err
	}
	decided := false
	err = s.set.Store.View(at.ctx, func(r store.Reader) error {
		_, decided, err = findDecided(s, r, at)
		return err
	})
	return func() {}, decided, err
}

// release takes the mark away unless the work was committed.
func (m *marksInProgress) release(s *Service, at *attempt) {
	if !m.committed.get(at) {
		drop(s, at)
	}
}

// commit turns the mark into an answer in the name of a client that may have gone.
func (m *marksInProgress) commit(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err == nil && s.stores(at, decided) {
		m.committed.put(at, true)
		return commitKeyForClient(s, at, decided), nil
	}
	return decided, err
}
