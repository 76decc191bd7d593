package bugs

import (
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// windowBugs measure by something else than the time since an operation was decided.
func windowBugs() []Bug {
	return []Bug{
		{
			Name:    "keys-by-calendar-day",
			Mistake: "It keeps the keys of each day apart, and looks for a key among those of today.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs:  needsMidnight,
			Change: func(do *payment.Steps) { do.Find, do.Save = findToday, saveOnDay },
		},
		{
			Name:    "last-ten-keys-remembered",
			Mistake: "It remembers the last ten keys of each account.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "early-expiry", "replay-unmarked", "error-caching",
				"phantom-effect",
			},
			Operations: 12, // the first key is forgotten with the eleventh
			Change: func(do *payment.Steps) {
				do.Settle = (&recentKeys{of: map[string][]store.Record{}}).settle
			},
		},
		{
			Name:    "retention-slides",
			Mistake: "It counts the retention anew from each replay, so that an old answer comes too late.",
			Rules:   []string{"late-answer"},
			Needs:   needsRetention,
			Change:  func(do *payment.Steps) { do.Replay = replayAndRenew },
		},
	}
}

// findToday looks into the partition of today.
func findToday(s *payment.Server, r store.Reader, at *payment.Arrival) (store.Record, bool, error) {
	today := *at
	today.RecordKey = onDay(s.Options.Clock.Now(), at.RecordKey)
	return right.FindByKey(s, r, &today)
}

func saveOnDay(tx store.Tx, r store.Record) error {
	r.Key = onDay(r.CreatedAt, r.Key)
	return tx.InsertRecord(r)
}

// onDay is a key in the partition of a day.
func onDay(day time.Time, key string) string { return key + "\n" + day.UTC().Format(time.DateOnly) }

// recentlyUsed is how many keys the row of an account has room for.
const recentlyUsed = 10

// recentKeys are the last keys of each account, the latest at the end.
type recentKeys struct {
	mu sync.Mutex // guards of
	of map[string][]store.Record
}

// settle forgets the key that the new one leaves no room for.
func (k *recentKeys) settle(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if at.Authorize != nil && s.Stores(at, decided) {
		k.remember(s, at)
	}
	return decided
}

// remember puts a key in front, and drops the one that was used the longest ago.
func (k *recentKeys) remember(s *payment.Server, at *payment.Arrival) {
	if oldest, full := k.push(at); full {
		past := *at
		past.Scope, past.RecordKey = oldest.Scope, oldest.Key
		drop(s, &past)
	}
}

// push adds the key of an attempt to its account, and returns the one that had to go.
func (k *recentKeys) push(at *payment.Arrival) (oldest store.Record, full bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	account := at.Tenant + "\n" + at.Authorize.Account
	latest := store.Record{Scope: at.Scope, Key: at.RecordKey}
	keys := slices.Concat(k.of[account], []store.Record{latest})
	if full = len(keys) > recentlyUsed; full {
		oldest, keys = keys[0], keys[1:]
	}
	k.of[account] = keys
	return oldest, full
}

// replayAndRenew counts the retention from the last use of a key.
func replayAndRenew(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	renewed := record
	renewed.ExpiresAt = s.Options.Clock.Now().Add(s.Options.Retention)
	if err := s.Update(at, func(tx store.Tx) error { return tx.PutRecord(renewed) }); err != nil {
		return s.Failed(at, "renewing the key", err)
	}
	return right.ReplayStored(s, at, record)
}
