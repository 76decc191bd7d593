package reference

import "time"

// outageBugs do the wrong thing when what they keep keys in fails.
func outageBugs() []Bug {
	return []Bug{
		{
			Name: "key-store-down-fails-open",
			Mistake: "While it cannot reach its cache of keys, which it loses when a client hangs up, it " +
				"executes without asking.",
			Rules: []string{"duplicate-effect", "key-ignored", "replay-unmarked"},
			change: func(p *policy) {
				cache := &connection{}
				p.find, p.settle = cache.findOrGoOn, cache.fill
			},
		},
		{
			Name: "key-store-down-falls-back-to-memory",
			Mistake: "While it cannot reach its key store, which it loses when a client hangs up, it " +
				"keeps keys in the memory of its process and never brings them home.",
			Rules: []string{"duplicate-effect", "key-ignored", "replay-unmarked"},
			change: func(p *policy) {
				keys := &connection{}
				p.find, p.commit, p.save = keys.findOrRemember, keys.commit, overwrite
			},
		},
		{
			Name: "sweep-of-committed-claims",
			Mistake: "It sweeps claims that stay in progress, also when their work was committed and only " +
				"the answer could not be stored.",
			Rules: []string{"duplicate-effect", "replay-unmarked"},
			change: func(p *policy) {
				p.claim, p.find, p.commit = markInProgress(300*time.Millisecond), findDecided, commitThenFinish
				p.save = overwrite
			},
		},
	}
}
