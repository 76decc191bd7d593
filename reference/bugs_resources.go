package reference

// resourceBugs do not make an operation on several things one thing.
func resourceBugs() []Bug {
	return []Bug{
		{
			Name: "transfer-in-two-transactions",
			Mistake: "It commits debit and credit of a transfer apart, with work in between that stops " +
				"when the client goes away.",
			Rules:  []string{"partial-effect", "non-linearizable", "state-divergence"},
			change: func(p *policy) { p.commit = commitInTwo },
		},
		{
			Name:    "truncated-body-executed",
			Mistake: "It executes whatever fields arrived when the body breaks off.",
			Rules:   []string{"orphan-effect", "phantom-effect", "state-divergence"},
			change:  func(p *policy) { p.body, p.decode = readWhatCame, salvage },
		},
		{
			Name:    "refund-by-charge",
			Mistake: "It takes the second refund of a charge for a repeat of the first.",
			Rules:   []string{"over-deduplication", "lost-effect"},
			change: func(p *policy) {
				p.recordKey, p.fingerprint = keyOfRefund, fingerprintOfRefund
			},
		},
		{
			Name:    "balance-applied-twice",
			Mistake: "It moves the balance again on a repeat and leaves the one row in the ledger.",
			Rules:   []string{"state-divergence", "non-linearizable"},
			change:  func(p *policy) { p.replay = replayMovingBalance },
		},
		{
			Name:    "batch-recognised-by-first-item",
			Mistake: "It finds the first item of a batch done on a repeat, and does the others again.",
			Rules:   []string{"key-ignored", "duplicate-effect", "early-expiry", "state-divergence"},
			change:  func(p *policy) { p.replay = replayOtherItems },
		},
	}
}
