package reference

// The bugs in this file are mistakes of middleware and stores that are taken from others. They were
// written down before anybody looked whether they are found (see heldOut).

// repeatBugs answer the first attempt well and each repeat of it badly.
func repeatBugs() []Bug {
	return []Bug{
		{
			Name:    "stored-answer-unreadable",
			Mistake: "It cannot read back the answers that it stores, and answers each repeat with 500.",
			Rules:   []string{"divergent-replay", "stuck-key", "error-caching"},
			change:  func(p *policy) { p.replay = replayUnreadable },
		},
		{
			Name: "refusal-stored-as-empty-success",
			Mistake: "Its recorder of answers does not see what the handler of errors writes, so that a " +
				"refusal is stored as the 200 without a body that the recorder began with.",
			Rules: []string{
				"divergent-replay", "error-caching", "lost-effect", "hollow-answer", "stuck-key",
			},
			change: func(p *policy) { p.save = saveRefusalAsUntouched },
		},
		{
			Name:    "content-type-lost-on-replay",
			Mistake: "It stores status and body, and replays JSON as plain text.",
			Rules:   []string{"divergent-replay"},
			change:  func(p *policy) { p.replay = replayAsText },
		},
		{
			Name: "repeat-awaits-past-signal",
			Mistake: "A repeat waits to be told that the first attempt is done, which everybody was told " +
				"before, and is never answered.",
			Rules:  []string{"stuck-key"},
			change: func(p *policy) { p.replay = replayWhenTold },
		},
		{
			Name: "replay-shorter-than-announced",
			Mistake: "It stores the headers as they were sent and the body parsed: what it writes again " +
				"is shorter than the length announced, and breaks off.",
			Rules:  []string{"stuck-key", "divergent-replay"},
			change: func(p *policy) { p.respond = announceStoredLength },
		},
		{
			Name: "refusal-leaves-key-in-progress",
			Mistake: "It finishes a key with a success only: a refused operation stays in progress until " +
				"the service is started anew.",
			Rules: []string{"stuck-key", "error-caching"},
			change: func(p *policy) {
				claims := &unfinishedClaims{}
				p.claim, p.commit, p.keep = claims.claim, claims.commit, keepSuccess
				p.respond = claims.refused.until(p.respond)
			},
		},
	}
}

// failureBugs do the wrong thing when the handler fails by itself.
func failureBugs() []Bug {
	return []Bug{
		{
			Name: "own-failure-executed-again",
			Mistake: "After the effect it sometimes fails by itself, here at the receipts of amounts " +
				"that end in 5; then it answers 500 and drops the key.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.settle = newOwnFailures().settle },
		},
		{
			Name: "own-failure-stored",
			Mistake: "The processor sometimes fails, here at the first try of amounts that end in 5; " +
				"it stores that 503 and replays it.",
			Rules: []string{"error-caching", "stuck-key"},
			change: func(p *policy) {
				p.working, p.keep = newOwnFailures().working, keepUnlessBusy
			},
		},
	}
}

// waitBugs let attempts wait for what does not come, or comes too late.
func waitBugs() []Bug {
	return []Bug{
		{
			Name: "promise-of-departed-client",
			Mistake: "Duplicates wait for the promise of the first attempt, which nobody keeps when its " +
				"client has gone, and so are all that come later.",
			Rules:  []string{"stuck-key"},
			change: func(p *policy) { p.claim = newPromises().claim },
		},
		{
			Name: "mark-without-condition",
			Mistake: "It looks whether a key is in progress and marks it in a second step, so that two " +
				"attempts within a millisecond both find it free.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.claim, p.save = (&marks{}).claim, overwrite },
		},
		{
			Name: "lease-of-thirty-seconds",
			Mistake: "A key whose client has gone stays in progress for thirty seconds, as it says, and " +
				"is then executed again although its work was committed.",
			Rules: []string{"duplicate-effect", "stuck-key", "replay-unmarked", "error-caching"},
			change: func(p *policy) {
				(&marksInProgress{sweptAfter: lease}).use(p)
				p.inFlight = refuseForLease
			},
		},
		{
			Name: "keys-in-one-document",
			Mistake: "It keeps the keys of an account in one document, which it reads and writes as a " +
				"whole: of two operations at once one loses its key.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "early-expiry", "replay-unmarked", "error-caching",
				"payload-mismatch",
			},
			change: func(p *policy) { p.find, p.commit = findInDocument, commitWithDocument },
		},
	}
}

// twinBugs take operations for one that share a key and look alike.
func twinBugs() []Bug {
	return []Bug{
		{
			Name: "shared-cache-by-key-and-body",
			Mistake: "A cache in front of all tenants goes by key and body, and answers a tenant with " +
				"what another one got.",
			Rules:  []string{"foreign-replay", "lost-effect", "over-deduplication", "replay-unmarked"},
			change: func(p *policy) { p.find, p.save = findInSharedCache, saveInSharedCache },
		},
		{
			Name: "shared-cache-by-amount-and-reference",
			Mistake: "All routes share a cache that goes by key, amount and reference, the fields that " +
				"they have in common, so that a refund gets the answer of a charge.",
			Rules:  []string{"over-deduplication", "foreign-replay", "lost-effect"},
			change: func(p *policy) { p.find, p.settle = findOnAnyRoute, settleForAllRoutes },
		},
		{
			Name: "fingerprint-without-account",
			Mistake: "Its fingerprint leaves out which account is charged, so that the same charge of " +
				"another account under the key is taken for a repeat.",
			Rules:  []string{"payload-mismatch"},
			change: func(p *policy) { p.fingerprint = fingerprintWithoutAccount },
		},
	}
}

// longKeyBugs do not take every key that the contract lets clients send.
func longKeyBugs() []Bug {
	return []Bug{
		{
			Name:    "key-cut-at-128",
			Mistake: "Its column for keys takes 128 characters, and the database cuts longer ones.",
			Rules:   []string{"over-deduplication"},
			change:  func(p *policy) { p.recordKey = cutKeyAt128 },
		},
		{
			Name: "prefixed-key-cut",
			Mistake: "It puts tenant and route in front of the key, and the column of 255 characters " +
				"cuts the end of the longest keys.",
			Rules:  []string{"over-deduplication"},
			change: func(p *policy) { p.recordKey = prefixAndCutKey },
		},
		{
			Name: "long-key-never-answered",
			Mistake: "Its column for keys takes 50 characters; the error about a longer one is taken for " +
				"a conflict, and tried again for as long as the client waits.",
			Rules:  []string{"stuck-key"},
			change: func(p *policy) { p.claim = claimUntilItFits },
		},
	}
}

// emptyKeyBugs do not know what to do without a key.
func emptyKeyBugs() []Bug {
	return []Bug{
		{
			Name:    "empty-key-is-no-key",
			Mistake: "It refuses a missing key, and executes with an empty one, unprotected.",
			Rules:   []string{"key-required"},
			change:  func(p *policy) { p.key = acceptEmptyKey },
		},
		{
			Name: "no-key-is-one-key",
			Mistake: "It makes the text \"undefined\" of a missing key, which is optional, and so takes " +
				"all operations without one for repeats of the first.",
			Rules:   []string{"over-deduplication", "foreign-replay", "lost-effect"},
			Variant: "stripe",
			change:  func(p *policy) { p.key = undefinedKey },
		},
	}
}
