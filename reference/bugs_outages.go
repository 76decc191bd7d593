package reference

import "time"

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
			change: func(p *policy) {
				cache := &connections{}
				p.find, p.settle = cache.findOrGoOn, cache.fill
			},
		},
		{
			Name: "key-store-down-falls-back-to-memory",
			Mistake: "While it cannot reach its key store, whose connections break when clients hang " +
				"up, it keeps keys in the memory of its process and never brings them home.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) {
				keys := &connections{}
				p.find, p.commit, p.save = keys.findOrRemember, keys.commit, overwrite
			},
		},
		{
			Name: "sweep-of-committed-claims",
			Mistake: "It sweeps claims that stay in progress, also when their work was committed and only " +
				"the answer could not be stored.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change: func(p *policy) {
				(&marksInProgress{sweptAfter: 300 * time.Millisecond}).use(p)
			},
		},
	}
}
