package reference

// claimingBugs do not keep a second attempt out, or let go of a key too early.
func claimingBugs() []Bug {
	return []Bug{
		{
			Name:    "key-ignored",
			Mistake: "It never looks the key up.",
			Rules:   []string{"key-ignored", "duplicate-effect"},
			change:  func(p *policy) { p.find, p.save = findNothing, overwrite },
		},
		{
			Name:    "check-then-act",
			Mistake: "It looks the key up, executes, then stores, and nothing holds a second attempt back.",
			Rules:   []string{"duplicate-effect", "in-flight-execution"},
			change:  func(p *policy) { p.claim, p.save = claimNothing, overwrite },
		},
		{
			Name:    "effect-before-key",
			Mistake: "It commits the effect first and stores the key only once the answer could be written.",
			Rules:   []string{"duplicate-effect"},
			change:  func(p *policy) { p.commit, p.respond = commitWithoutKey, writeThenStoreKey },
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
			Name:    "in-flight-accepted",
			Mistake: "It answers 202 to a duplicate of an operation whose outcome it does not know yet.",
			Rules:   []string{"in-flight-execution"},
			change:  func(p *policy) { p.inFlight = acceptInFlight },
		},
		{
			Name:    "claim-dropped-on-disconnect",
			Mistake: "It drops the key when it notices, after the effect, that the client has gone.",
			Rules:   []string{"duplicate-effect"},
			change:  func(p *policy) { p.settle = dropWhenClientGone },
		},
		{
			Name: "claim-dropped-on-error",
			Mistake: "It hands the receipt to the mailer after the effect; when that fails, it answers " +
				"500 and drops the key.",
			Rules:  []string{"duplicate-effect", "in-flight-execution"},
			change: func(p *policy) { p.settle = dropWhenMailerFails },
		},
	}
}
