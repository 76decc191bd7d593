package reference

// identityBugs confuse operations with one another.
func identityBugs() []Bug {
	return []Bug{
		{
			Name:    "key-not-scoped-by-tenant",
			Mistake: "It takes another tenant's operation of the same key for a repeat.",
			Rules:   []string{"foreign-replay", "lost-effect", "over-deduplication"},
			change:  func(p *policy) { p.scope = func(at *attempt) string { return at.route } },
		},
		{
			Name:    "key-not-scoped-by-route",
			Mistake: "It takes the same key on another route for the same operation.",
			Rules:   []string{"over-deduplication", "foreign-replay"},
			change:  func(p *policy) { p.scope = func(at *attempt) string { return at.tenant } },
		},
		{
			Name:    "payload-not-fingerprinted",
			Mistake: "It replays the first answer whatever the payload.",
			Rules:   []string{"payload-mismatch"},
			change:  func(p *policy) { p.fingerprint = func([]byte) string { return "" } },
		},
		{
			Name:    "key-truncated",
			Mistake: "It cuts keys to 64 characters, so that long keys run together.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.recordKey = cutKey },
		},
		{
			Name:    "same-body-deduplicated",
			Mistake: "It takes a new key with an earlier body for a repeat.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.find, p.save = findByKeyOrBody, saveByKeyAndBody },
		},
		{
			Name:    "missing-key-accepted",
			Mistake: "It executes without a key, or with a malformed one, unprotected.",
			Rules:   []string{"key-required"},
			change:  func(p *policy) { p.key = acceptAnyKey },
		},
		{
			Name:    "mismatch-leaks-answer",
			Mistake: "It shows the stored answer when it refuses another payload.",
			Rules:   []string{"conflict-leak"},
			change:  func(p *policy) { p.mismatch = showOriginal },
		},
	}
}
