package reference

import "slices"

// claimingBugs do not keep a second attempt out, or let go of a key too early.
func claimingBugs() []Bug {
	return slices.Concat(lookupBugs(), lockBugs(), droppedClaimBugs(), splitClaimBugs(), fleetBugs())
}

// lookupBugs ask for the key and do not hold what they found.
func lookupBugs() []Bug {
	return []Bug{
		{
			Name:    "key-ignored",
			Mistake: "It never looks the key up.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.find, p.save = findNothing, overwrite },
		},
		{
			Name:    "check-then-act",
			Mistake: "It looks the key up, executes, then stores, and nothing holds a second attempt back.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.claim, p.save = claimNothing, overwrite },
		},
		{
			Name: "two-lookups",
			Mistake: "It looks the key up, then waits for its lock, and does not look again at what the " +
				"attempt before it has stored meanwhile.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change: func(p *policy) {
				early := &earlyLookups{}
				p.claim, p.find, p.save = early.claim, early.find, overwrite
				p.respond = early.seen.until(p.respond)
			},
		},
		{
			Name:    "unique-on-wrong-columns",
			Mistake: "Its unique constraint covers the body's hash beside the key.",
			Rules:   []string{"payload-mismatch"},
			change:  func(p *policy) { p.find, p.save = findByKeyAndBody, saveUnderKeyAndBody },
		},
		{
			Name: "losing-insert-500",
			Mistake: "It leaves duplicates to the unique constraint and shows the loser's unique " +
				"violation as a 500.",
			Rules:  []string{"divergent-replay"},
			change: func(p *policy) { p.claim, p.commit = claimNothing, commitOrBreak },
		},
		{
			Name:    "in-flight-accepted",
			Mistake: "It answers 202 to a duplicate of an operation whose outcome it does not know yet.",
			Rules:   []string{"divergent-replay"},
			change:  func(p *policy) { p.inFlight = acceptInFlight },
		},
	}
}

// lockBugs hold a key too short, too long, or for somebody else.
func lockBugs() []Bug {
	return []Bug{
		{
			Name:    "lock-shorter-than-work",
			Mistake: "Its lock on the key ends by itself while slow work still goes on.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) {
				p.claim, p.commit, p.save = lockFor(aFifthOfTheWork), commitSlowly, overwrite
			},
		},
		{
			Name: "lock-released-before-answer",
			Mistake: "It releases the lock when the effect is committed, and stores the answer only " +
				"after others were told.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { (&earlyReleases{}).use(p) },
		},
		{
			Name:    "lock-released-by-another",
			Mistake: "A duplicate that did not get the lock releases it all the same when it leaves.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "divergent-replay", "replay-unmarked",
				"error-caching",
			},
			change: func(p *policy) { p.claim, p.save = lockAndAlwaysUnlock, overwrite },
		},
		{
			Name: "live-work-taken-for-orphan",
			Mistake: "It takes an attempt whose client has gone for abandoned, and lets the next one in " +
				"while it still works.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) {
				p.claim, p.commit, p.save = takeOver(), commitSlowly, overwrite
			},
		},
		{
			Name:    "in-progress-never-recovers",
			Mistake: "It stores the key as in progress and never clears that when the client goes away.",
			Rules:   []string{"stuck-key"},
			change: func(p *policy) {
				p.claim, p.find, p.save = claimInStore, findDecided, overwrite
				p.working = stopWithClient
			},
		},
		{
			Name:    "in-progress-for-a-day",
			Mistake: "The lock of an instance that was killed ends only after a day.",
			Rules:   []string{"stuck-key"},
			Needs:   needsCrash,
			change:  func(p *policy) { p.claim = lockFor(aDay) },
		},
		{
			Name: "lock-removed-while-awaited",
			Mistake: "Whoever lets go of a key's lock removes it from the table while others wait for it, " +
				"and the next to come makes another one.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change: func(p *policy) {
				p.claim, p.save, p.working = newKeyLocks().claim, overwrite, stopWithClient
			},
		},
	}
}

// droppedClaimBugs forget a key although its operation was executed.
func droppedClaimBugs() []Bug {
	return []Bug{
		{
			Name:    "claim-dropped-on-disconnect",
			Mistake: "It drops the key when it notices, after the effect, that the client has gone.",
			Rules:   []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change:  func(p *policy) { p.settle = dropWhenClientGone },
		},
		{
			Name: "claim-dropped-on-error",
			Mistake: "It hands the receipt to the mailer after the effect; when that fails, it answers " +
				"500 and drops the key.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.settle = dropWhenMailerFails },
		},
		{
			Name: "claim-dropped-on-panic",
			Mistake: "It drops the key in the recover of its middleware, also when the panic came after " +
				"the effect.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.settle = dropOnPanic },
		},
		{
			Name: "mismatch-drops-key",
			Mistake: "It drops the key after every refusal about a key, also when it was the refusal of " +
				"another payload under the key of an operation that was executed.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.respond = dropOnConflict },
		},
	}
}

// splitClaimBugs commit what belongs together in two transactions.
func splitClaimBugs() []Bug {
	return []Bug{
		{
			Name:    "effect-before-key",
			Mistake: "It commits the effect first and stores the key only once the answer could be written.",
			Rules:   []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change:  func(p *policy) { p.commit, p.respond = commitWithoutKey, writeThenStoreKey },
		},
		{
			Name: "key-before-effect",
			Mistake: "It commits key and answer first, and the effect in a second transaction that ends " +
				"when the client goes away.",
			Rules:  []string{"lost-effect"},
			change: func(p *policy) { p.commit = commitKeyFirst },
		},
		{
			Name: "record-with-cancelled-context",
			Mistake: "It writes the key after the effect under the context of a client that may have " +
				"gone.",
			Rules:  []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			change: func(p *policy) { p.commit = commitThenKeyForClient },
		},
		{
			Name:    "answer-before-durable",
			Mistake: "It sends the answer before the key is durable.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.commit, p.respond = commitWithoutKey, writeAndStoreLater },
		},
	}
}

// fleetBugs forget that there is more than one instance, or that one may end.
func fleetBugs() []Bug {
	return []Bug{
		{
			Name:    "keys-per-instance",
			Mistake: "Each of its two instances keeps keys of its own.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.scope = perInstance() },
		},
		{
			Name:    "lookup-on-lagging-replica",
			Mistake: "It looks keys up on a replica that lags by a second.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.find, p.save = findOnReplica, overwrite },
		},
		{
			Name:    "claim-lost-at-restart",
			Mistake: "It keeps keys in the memory of its process.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs: needsCrash,
			change: func(p *policy) {
				keys := &keyTable{}
				p.find, p.commit = keys.find, keys.commit
			},
		},
	}
}
