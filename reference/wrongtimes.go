package reference

import (
	"errors"
	"sync"
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

// lateSweep is a sweep that has listed the expired keys and not deleted them yet.
type lateSweep struct {
	mu     sync.Mutex // guards listed
	listed []store.Record
}

func (l *lateSweep) find(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, err := r.Record(at.scope, at.recordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	if err != nil || !record.Expired(s.set.Clock.Now()) {
		return record, err == nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listed = append(l.listed, record)
	return store.Record{}, false, nil
}

// settle deletes by name whatever was listed.
func (l *lateSweep) settle(s *Service, at *attempt, decided answer) answer {
	l.mu.Lock()
	listed := l.listed
	l.listed = nil
	l.mu.Unlock()
	err := s.update(at, func(tx store.Tx) error {
		for _, r := range listed {
			if err := tx.DeleteRecord(r.Scope, r.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "expired keys not swept", "error", err)
	}
	return decided
}
