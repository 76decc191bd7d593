package reference

// retryBugs try again inside, and do twice what should be done once.
func retryBugs() []Bug {
	return []Bug{
		{
			Name: "retry-loop-repeats-receipt",
			Mistake: "It hands the receipt over inside the loop that tries a transaction again after a " +
				"conflict.",
			Rules: []string{"side-effect-of-replay", "partial-effect"},
			change: func(p *policy) {
				loop := &retryLoop{}
				p.find, p.commit = loop.find, loop.commit
				p.respond = loop.balance.until(p.respond)
			},
		},
		{
			Name: "lost-commit-acknowledgement",
			Mistake: "When the acknowledgement of a commit does not come, it takes the commit for failed " +
				"and runs the transaction again.",
			Rules: []string{
				"duplicate-effect", "phantom-effect", "replay-unmarked", "error-caching",
			},
			change: func(p *policy) { p.commit, p.save = commitUntilAcknowledged, overwrite },
		},
		{
			Name: "resume-skips-check",
			Mistake: "A retry resumes after the check for funds, which others have spent since the " +
				"attempt that checked.",
			Rules: []string{"state-divergence"},
			// Charges of up to 300 use up an account of 1000; how many that takes is drawn.
			Operations: 8,
			change: func(p *policy) {
				checked := &checkedFunds{noted: map[string]bool{}}
				p.find, p.commit, p.working = checked.find, checked.commit, stopWithClient
				p.respond = checked.retry.until(p.respond)
			},
		},
		{
			Name: "failed-attempt-redriven",
			Mistake: "It puts failed attempts into a queue and executes them later, and does not ask " +
				"whether the client's own retry has been executed meanwhile.",
			Rules: []string{"duplicate-effect", "divergent-replay"},
			change: func(p *policy) {
				failed := &failedAttempts{}
				p.respond, p.settle = failed.respond, failed.settle
				p.save, p.working = overwrite, stopWithClient
			},
		},
		{
			Name: "outbox-relayed-twice",
			Mistake: "Each attempt sends the receipts that it finds in the outbox and marks them " +
				"afterwards, so that two at once send the same.",
			Rules: []string{"side-effect-of-replay"},
			change: func(p *policy) {
				p.enter, p.settle, p.replay = enterWithOutbox, settleByRelay, replayAfterRelay
			},
		},
	}
}
