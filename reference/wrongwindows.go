package reference

import (
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// replayAndRenew counts the retention from the last use of a key.
func replayAndRenew(s *Service, at *attempt, record store.Record) answer {
	renewed := record
	renewed.ExpiresAt = s.set.Clock.Now().Add(s.set.Retention)
	if err := s.update(at, func(tx store.Tx) error { return tx.PutRecord(renewed) }); err != nil {
		return s.failed(at, "renewing the key", err)
	}
	return replayStored(s, at, record)
}

// onDay is a key in the partition of a day.
func onDay(day time.Time, key string) string { return key + "\n" + day.UTC().Format(time.DateOnly) }

// findToday looks into the partition of today.
func findToday(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	today := *at
	today.recordKey = onDay(s.set.Clock.Now(), at.recordKey)
	return findByKey(s, r, &today)
}

func saveOnDay(tx store.Tx, r store.Record) error {
	r.Key = onDay(r.CreatedAt, r.Key)
	return tx.InsertRecord(r)
}

// recentlyUsed is how many keys the row of an account has room for.
const recentlyUsed = 10

// recentKeys are the last keys of each account, the latest at the end.
type recentKeys struct {
	mu sync.Mutex // guards of
	of map[string][]store.Record
}

// settle forgets the key that the new one leaves no room for.
func (k *recentKeys) settle(s *Service, at *attempt, decided answer) answer {
	if at.authorize == nil || !s.stores(at, decided) {
		return decided
	}
	if oldest, full := k.push(at); full {
		past := *at
		past.scope, past.recordKey = oldest.Scope, oldest.Key
		drop(s, &past)
	}
	return decided
}

// push adds the key of an attempt to its account, and returns the one that had to go.
func (k *recentKeys) push(at *attempt) (oldest store.Record, full bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	account := at.tenant + "\n" + at.authorize.Account
	latest := store.Record{Scope: at.scope, Key: at.recordKey}
	keys := slices.Concat(k.of[account], []store.Record{latest})
	if full = len(keys) > recentlyUsed; full {
		oldest, keys = keys[0], keys[1:]
	}
	k.of[account] = keys
	return oldest, full
}
