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
	}
}
