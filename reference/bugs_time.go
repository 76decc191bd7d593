package reference

import (
	"time"

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
			change: func(p *policy) { p.lifetime = lasting(time.Second) },
		},
		{
			Name:    "retention-in-wrong-unit",
			Mistake: "It takes the hours of its retention for minutes.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs: needsRetention,
			change: func(p *policy) {
				p.lifetime = func(retention time.Duration) time.Duration { return retention / 60 }
			},
		},
		{
			Name:    "clock-of-another-host",
			Mistake: "One of its two instances has a clock that is two hours ahead, and forgets keys by it.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs:  needsRetention,
			change: func(p *policy) { p.find, p.save = findByTwoClocks(), overwrite },
		},
		{
			Name: "sweep-races-retry",
			Mistake: "Its sweep lists expired keys and deletes them by name a little later, when a retry " +
				"may have used one anew.",
			Rules: []string{
				"early-expiry", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			Needs: needsRetention,
			change: func(p *policy) {
				expired := &sweepLists{}
				p.find, p.settle = expired.find, expired.settle
				p.respond = expired.listed.until(p.respond)
			},
		},
		{
			Name:    "key-never-expires",
			Mistake: "It never forgets a key, so that a key that may be used again gets an old answer.",
			Rules:   []string{"late-answer"},
			Needs:   needsRetention,
			change:  func(p *policy) { p.lifetime = lasting(forEver) },
		},
		{
			Name:    "expired-key-executes",
			Mistake: "It sweeps expired keys, which it should refuse, and then takes them for new ones.",
			Rules:   []string{"late-answer", "replay-unmarked"},
			Variant: "refuses-expired",
			Needs:   needsRetention,
			change:  func(p *policy) { p.lifetime = retained(1) },
		},
		{
			Name: "late-arrival-executes",
			Mistake: "It refuses expired keys for as long again as they were valid, and executes what " +
				"arrives later than that.",
			Rules:   []string{"late-answer", "replay-unmarked"},
			Variant: "refuses-expired",
			Needs:   needsRetention,
			change:  func(p *policy) { p.lifetime = retained(2) },
		},
	}
}

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
			change: func(p *policy) { p.find, p.save = findToday, saveOnDay },
		},
		{
			Name:    "last-ten-keys-remembered",
			Mistake: "It remembers the last ten keys of each account.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "early-expiry", "replay-unmarked", "error-caching",
				"phantom-effect",
			},
			Operations: 12, // the first key is forgotten with the eleventh
			change: func(p *policy) {
				p.settle = (&recentKeys{of: map[string][]store.Record{}}).settle
			},
		},
		{
			Name:    "retention-slides",
			Mistake: "It counts the retention anew from each replay, so that an old answer comes too late.",
			Rules:   []string{"late-answer"},
			Needs:   needsRetention,
			change:  func(p *policy) { p.replay = replayAndRenew },
		},
	}
}

// retained keeps keys for some times as long as they should count.
func retained(times int64) func(time.Duration) time.Duration {
	return func(retention time.Duration) time.Duration {
		return time.Duration(times * int64(retention))
	}
}
