package reference

// answerBugs execute once and then say or do something wrong.
func answerBugs() []Bug {
	return []Bug{
		{
			Name:    "refused-yet-executed",
			Mistake: "It enters the effect before it checks for funds and refuses.",
			Rules:   []string{"phantom-effect", "state-divergence"},
			change:  func(p *policy) { p.enter = enterThenRefuse },
		},
		{
			Name:    "replay-shows-current-state",
			Mistake: "It renders the current balance into a replay.",
			Rules:   []string{"divergent-replay"},
			change:  func(p *policy) { p.replay = replayCurrentState },
		},
		{
			Name:    "transient-error-replayed",
			Mistake: "It stores and replays 503, and stops working when the client goes away.",
			Rules:   []string{"error-caching"},
			change: func(p *policy) {
				p.keep = func(answer) bool { return true }
				p.working = stopWithClient
			},
		},
		{
			Name:    "refusal-not-stored",
			Mistake: "It does not store refusals, so that a repeat may be executed.",
			Rules:   []string{"error-caching", "replay-unmarked"},
			change:  func(p *policy) { p.keep = func(a answer) bool { return a.decided && a.status < 400 } },
		},
		{
			Name:    "receipt-on-replay",
			Mistake: "It sends the receipt again with each replay.",
			Rules:   []string{"side-effect-of-replay"},
			change:  func(p *policy) { p.replay = replayWithReceipt },
		},
		{
			Name:    "empty-replay",
			Mistake: "It replays the status without the body.",
			Rules:   []string{"hollow-answer", "divergent-replay"},
			change:  func(p *policy) { p.replay = replayStatusOnly },
		},
		{
			Name:    "marker-missing",
			Mistake: "It does not mark replays as such.",
			Rules:   []string{"replay-unmarked"},
			change:  func(p *policy) { p.replay = replayUnmarked },
		},
	}
}
