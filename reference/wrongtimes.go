package reference

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// clockAhead is how wrong the clock of the second instance is.
const clockAhead = 2 * time.Hour

// findByTwoClocks looks keys up in turns by the right clock and by one that is ahead.
func findByTwoClocks() findStep {
	var turn atomic.Int64
	return func(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
		record, found, err := findByKey(s, r, at)
		ahead := time.Duration(turn.Add(1)%2) * clockAhead
		return record, found && !record.Expired(s.set.Clock.Now().Add(ahead)), err
	}
}

// sweepLists say which expired keys to sweep.
type sweepLists struct{ listed notes[*store.Record] }

// find looks a key up and lists it for the sweep when it has expired.
func (l *sweepLists) find(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, err := r.Record(at.scope, at.recordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	if err != nil || !record.Expired(s.set.Clock.Now()) {
		return record, err == nil, err
	}
	l.listed.put(at, &record)
	return store.Record{}, false, nil
}

// settle deletes by name what was listed, when the key may have been used anew. Each attempt sweeps
// its own, so that the mistake does not depend on who else is there.
func (l *sweepLists) settle(s *Service, at *attempt, decided answer) answer {
	listed := l.listed.get(at)
	if listed == nil {
		return decided
	}
	err := s.update(at, func(tx store.Tx) error {
		return tx.DeleteRecord(listed.Scope, listed.Key)
	})
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "expired keys not swept", "error", err)
	}
	return decided
}
