package reference

// retryBugs try again inside, and do twice what should be done once.
func retryBugs() []Bug {
	return []Bug{
		{
			Name: "retry-loop-repeats-receipt",
			Mistake: "It hands the receipt over inside the loop that tries a transaction again after a " +
				"conflict.",
			Rules:  []string{"side-effect-of-replay", "partial-effect"},
			change: func(p *policy) { p.find, p.commit = findAndLook, commitUntilNoConflict },
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
	}
}
