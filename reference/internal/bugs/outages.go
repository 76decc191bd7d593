package bugs

import (
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// outageBugs do the wrong thing when what they keep keys in fails.
func outageBugs() []Bug {
	return []Bug{
		{
			Name: "key-store-down-fails-open",
			Mistake: "While it cannot reach its cache of keys, whose connections break when clients " +
				"hang up, it executes without asking.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) {
				cache := &connections{}
				do.Find, do.Settle = cache.findOrGoOn, cache.fill
			},
		},
		{
			Name: "key-store-down-falls-back-to-memory",
			Mistake: "While it cannot reach its key store, whose connections break when clients hang " +
				"up, it keeps keys in the memory of its process and never brings them home.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) {
				keys := &connections{}
				do.Find, do.Commit, do.Save = keys.findOrRemember, keys.commit, overwrite
			},
		},
		{
			Name: "sweep-of-committed-claims",
			Mistake: "It sweeps claims that stay in progress, also when their work was committed and only " +
				"the answer could not be stored.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change: func(do *payment.Steps) {
				(&marksInProgress{sweptAfter: 300 * time.Millisecond}).use(do)
			},
		},
	}
}

// partitions is what the hash of a key is spread over, each with a connection of its own.
const partitions = 4096

// connections lead to where keys are looked up. As drivers do, they give one up when the context of
// whoever uses it ends; the next to use it finds it broken, and opens another for those after it.
type connections struct {
	mu     sync.Mutex       // guards broken
	broken [partitions]bool // by the hash of the key
	memory keyTable         // for when there is no connection
}

func partition(at *payment.Arrival) uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(at.Scope + at.RecordKey)) // a hash takes everything
	return hash.Sum32() % partitions
}

// down reports whether the connection is broken, and lets it be opened again.
func (c *connections) down(at *payment.Arrival) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	down := c.broken[partition(at)]
	c.broken[partition(at)] = false
	return down
}

// use uses a connection in the name of the attempt's client, and reports whether it stood that.
func (c *connections) use(at *payment.Arrival) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.Request.Err() != nil {
		c.broken[partition(at)] = true
	}
	return !c.broken[partition(at)]
}

// findOrGoOn goes on without protection when it cannot look.
func (c *connections) findOrGoOn(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	if c.down(at) {
		at.Protected = false
		return store.Record{}, false, nil
	}
	return right.FindByKey(s, r, at)
}

// fill puts the answer into the cache, which is of no account here, and may cost the connection.
func (c *connections) fill(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if !c.use(at) {
		s.Options.Log.ErrorContext(at.Context, "answer not cached")
	}
	return decided
}

func (c *connections) findOrRemember(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	if c.down(at) {
		return c.memory.find(s, r, at)
	}
	return right.FindByKey(s, r, at)
}

func (c *connections) commit(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	if !c.use(at) {
		if s.Stores(at, decided) {
			c.memory.put(s.RecordOf(at, decided))
		}
		return decided, nil
	}
	return decided, s.Keep(at, decided)
}

// marksInProgress are stored under the keys that are worked on.
type marksInProgress struct {
	sweptAfter time.Duration
	committed  notes[bool] // whether the work of an attempt was committed
}

// use has these marks take their steps.
func (m *marksInProgress) use(do *payment.Steps) {
	do.Claim, do.Find, do.Commit = m.claim, findDecided, m.commit
	do.Save, do.Respond = overwrite, m.committed.until(do.Respond)
}

// claim marks the key in a transaction of its own. A mark that stays that long is swept: the next
// attempt may replace it.
func (m *marksInProgress) claim(s *payment.Server, at *payment.Arrival) (func(), bool, error) {
	err := insertMark(s, at, m.sweptAfter)
	if errors.Is(err, store.ErrExists) {
		return enterIfDecided(s, at)
	}
	return func() { m.release(s, at) }, true, err
}

// release takes the mark away unless the work was committed.
func (m *marksInProgress) release(s *payment.Server, at *payment.Arrival) {
	if !m.committed.get(at) {
		drop(s, at)
	}
}

// commit turns the mark into an answer in the name of a client that may have gone.
func (m *marksInProgress) commit(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err == nil && s.Stores(at, decided) {
		m.committed.put(at, true)
		return commitKeyForClient(s, at, decided), nil
	}
	return decided, err
}
