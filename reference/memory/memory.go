// Package memory keeps the payment service's data in maps: transactional, safe for concurrent use,
// deterministic, and gone when the process ends.
package memory

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/idemcheck/idemcheck/reference/store"
)

var errClosed = errors.New("memory store is closed")

type pair struct{ scope, id string }

type state struct {
	accounts map[pair]store.Account
	charges  map[pair]store.Charge
	records  map[pair]store.Record
	effects  map[pair][]store.LedgerEntry
	expiries expiryQueue
	seq      int64
	ids      int64
}

// Store is a store in memory. Make one with New.
type Store struct {
	mu     sync.RWMutex // guards everything below; held while a transaction runs, which never waits
	data   state
	closed bool
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{data: state{
		accounts: map[pair]store.Account{},
		charges:  map[pair]store.Charge{},
		records:  map[pair]store.Record{},
		effects:  map[pair][]store.LedgerEntry{},
	}}
}

// Update implements store.Store. It fails with the context's error when that has ended already.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	tx := &transaction{reader: reader{&s.data}}
	committed := false
	defer func() { // also when fn panics: half a transaction must not stay
		if !committed {
			tx.rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	committed = true
	return nil
}

// View implements store.Store. It fails with the context's error when that has ended already.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	return fn(reader{&s.data})
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	return ctx.Err()
}
