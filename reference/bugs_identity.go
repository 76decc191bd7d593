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
			change:  func(p *policy) { p.fingerprint = func(*attempt, []byte) string { return "" } },
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

// fingerprintBugs see a difference where there is none, or none where there is one.
func fingerprintBugs() []Bug {
	return []Bug{
		{
			Name:    "fingerprint-of-beginning",
			Mistake: "It compares the first 64 bytes of the payload.",
			Rules:   []string{"payload-mismatch"},
			change:  func(p *policy) { p.fingerprint = fingerprintBeginning },
		},
		{
			Name:    "fingerprint-of-headers",
			Mistake: "It compares the headers too, which differ from attempt to attempt.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.fingerprint = fingerprintEverything },
		},
		{
			Name:    "numbers-compared-as-floats",
			Mistake: "It compares parsed payloads, in which large numbers have lost their last digits.",
			Rules:   []string{"payload-mismatch"},
			change:  func(p *policy) { p.fingerprint = fingerprintParsed },
		},
		{
			Name: "fingerprint-of-listed-fields",
			Mistake: "It lists the fields that it compares, and one that was added later is not on the " +
				"list.",
			Rules:  []string{"payload-mismatch"},
			change: func(p *policy) { p.fingerprint = fingerprintOfListed },
		},
		{
			Name:    "same-body-refused",
			Mistake: "It refuses a new key with an earlier body as a duplicate.",
			Rules:   []string{"over-deduplication", "stuck-key"},
			change: func(p *policy) {
				p.find, p.save, p.replay = findByKeyOrBody, saveByKeyAndBody, refuseSameBody
			},
		},
	}
}

// keyBugs take two keys for one, or one for two.
func keyBugs() []Bug {
	return []Bug{
		{
			Name:    "key-case-folded",
			Mistake: "It takes keys that differ in upper and lower case for one.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.recordKey = foldKey },
		},
		{
			Name:    "key-trimmed",
			Mistake: "It trims spaces that belong to the key.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.recordKey = trimKey },
		},
		{
			Name:    "key-hashed",
			Mistake: "It keeps a hash of 32 bits in place of the key, and takes keys of one hash for one.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.recordKey = hashKey },
		},
		{
			Name:    "first-of-two-lines",
			Mistake: "It takes the first of two key headers and ignores the other.",
			Rules:   []string{"key-required"},
			change:  func(p *policy) { p.key = oneLine(firstLine) },
		},
		{
			Name:    "last-of-two-lines",
			Mistake: "It takes the last of two key headers and ignores the other.",
			Rules:   []string{"key-required"},
			change:  func(p *policy) { p.key = oneLine(lastLine) },
		},
		{
			Name:    "bare-key-is-another",
			Mistake: "It also accepts a key without its quotes, which is then another key.",
			Rules:   []string{"key-required"},
			change:  func(p *policy) { p.key, p.recordKey = acceptBareKey, rawKey },
		},
		{
			Name:    "key-not-scoped-by-method",
			Mistake: "It takes the same key with another method on the same path for the same operation.",
			Rules:   []string{"over-deduplication", "foreign-replay"},
			change:  func(p *policy) { p.scope = scopeWithoutMethod },
		},
		{
			Name:    "conflict-shows-other-tenant",
			Mistake: "It shows another tenant's stored answer when it refuses a key that is taken.",
			Rules:   []string{"over-deduplication", "conflict-leak"},
			change: func(p *policy) {
				p.scope, p.fingerprint = scopeForAll, fingerprintWithTenant
				p.mismatch = showOtherTenants
			},
		},
	}
}
