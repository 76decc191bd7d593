package bugs

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// timeBugs forget, or remember, at the wrong time.
func timeBugs() []Bug {
	return []Bug{
		{
			Name:    "key-expires-early",
			Mistake: "It forgets keys after one second.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "early-expiry", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Lifetime = variants.Lasting(time.Second) },
		},
		{
			Name:    "retention-in-wrong-unit",
			Mistake: "It takes the hours of its retention for minutes.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs: needsRetention,
			Change: func(do *payment.Steps) {
				do.Lifetime = func(retention time.Duration) time.Duration { return retention / 60 }
			},
		},
		{
			Name:    "clock-of-another-host",
			Mistake: "One of its two instances has a clock that is two hours ahead, and forgets keys by it.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs:  needsRetention,
			Change: func(do *payment.Steps) { do.Find, do.Save = findByTwoClocks(), overwrite },
		},
		{
			Name: "sweep-races-retry",
			Mistake: "Its sweep lists expired keys and deletes them by name a little later, when a retry " +
				"may have used one anew.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			Needs: needsRetention,
			Change: func(do *payment.Steps) {
				expired := &sweepLists{}
				do.Find, do.Settle = expired.find, expired.settle
				do.Respond = expired.listed.until(do.Respond)
			},
		},
		{
			Name:    "key-never-expires",
			Mistake: "It never forgets a key, so that a key that may be used again gets an old answer.",
			Rules:   []string{"late-answer"},
			Needs:   needsRetention,
			Change:  func(do *payment.Steps) { do.Lifetime = variants.Lasting(variants.ForEver) },
		},
		{
			Name:    "expired-key-executes",
			Mistake: "It sweeps expired keys, which it should refuse, and then takes them for new ones.",
			Rules:   []string{"late-answer", "replay-unmarked"},
			Variant: "refuses-expired",
			Needs:   needsRetention,
			Change:  func(do *payment.Steps) { do.Lifetime = retained(1) },
		},
		{
			Name: "late-arrival-executes",
			Mistake: "It refuses expired keys for as long again as they were valid, and executes what " +
				"arrives later than that.",
			Rules:   []string{"late-answer", "replay-unmarked"},
			Variant: "refuses-expired",
			Needs:   needsRetention,
			Change:  func(do *payment.Steps) { do.Lifetime = retained(2) },
		},
	}
}

// clockAhead is how wrong the clock of the second instance is.
const clockAhead = 2 * time.Hour

// findByTwoClocks looks keys up in turns by the right clock and by one that is ahead.
func findByTwoClocks() payment.FindStep {
	var turn atomic.Int64
	return func(s *payment.Server, r store.Reader, at *payment.Arrival) (store.Record, bool, error) {
		record, found, err := right.FindByKey(s, r, at)
		ahead := time.Duration(turn.Add(1)%2) * clockAhead
		return record, found && !record.Expired(s.Options.Clock.Now().Add(ahead)), err
	}
}

// sweepLists say which expired keys to sweep.
type sweepLists struct{ listed notes[*store.Record] }

// find looks a key up and lists it for the sweep when it has expired.
func (l *sweepLists) find(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, err := r.Record(at.Scope, at.RecordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	if err != nil || !record.Expired(s.Options.Clock.Now()) {
		return record, err == nil, err
	}
	l.listed.put(at, &record)
	return store.Record{}, false, nil
}

// settle deletes by name what was listed, when the key may have been used anew. Each attempt sweeps
// its own, so that the mistake does not depend on who else is there.
func (l *sweepLists) settle(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if listed := l.listed.get(at); listed != nil {
		sweep := func(tx store.Tx) error { return tx.DeleteRecord(listed.Scope, listed.Key) }
		logged(s, at, "expired keys not swept", s.Update(at, sweep))
	}
	return decided
}

// retained keeps keys for some times as long as they should count.
func retained(times int64) func(time.Duration) time.Duration {
	return func(retention time.Duration) time.Duration {
		return time.Duration(times * int64(retention))
	}
}
