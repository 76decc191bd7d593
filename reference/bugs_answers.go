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
			Rules:   []string{"hollow-answer"},
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

// moreAnswerBugs are those about which parts of an answer are kept, and when.
func moreAnswerBugs() []Bug {
	return []Bug{
		{
			Name:    "marker-always",
			Mistake: "It marks every answer as a replay, the first one too.",
			Rules:   []string{"replay-unmarked"},
			change:  func(p *policy) { p.respond = markEverything },
		},
		{
			Name:    "other-status-on-replay",
			Mistake: "It replays a 201 as 200.",
			Rules:   []string{"divergent-replay", "stuck-key"},
			change:  func(p *policy) { p.replay = replayAsShown },
		},
		{
			Name:    "headers-lost-on-replay",
			Mistake: "It stores status and body and forgets the headers, so that a replay has no Location.",
			Rules:   []string{"divergent-replay"},
			change:  func(p *policy) { p.replay = replayWithoutHeaders },
		},
		{
			Name: "error-stored-as-success",
			Mistake: "When the processor's answer does not come it stores the 201 with which its " +
				"recorder of answers began, and no body.",
			Rules: []string{"lost-effect", "hollow-answer"},
			change: func(p *policy) {
				p.keep, p.save = keepUnlessBusy, saveFailureAsCreated
				p.working = stopWithClient
			},
		},
		{
			Name:    "retry-names-nothing",
			Mistake: "It makes an id before it looks the key up, and puts it into the replay.",
			Rules:   []string{"hollow-answer", "divergent-replay"},
			change:  func(p *policy) { p.replay = replayWithNewID },
		},
		{
			Name:    "repeat-refused-yet-executed",
			Mistake: "It commits the effect, meets the key that is there already, and refuses.",
			Rules:   []string{"duplicate-effect", "early-expiry", "state-divergence", "stuck-key"},
			change:  func(p *policy) { p.find, p.commit = findMismatch, commitThenRefuseRepeat },
		},
		{
			Name:    "answer-before-commit",
			Mistake: "It writes the answer about several accounts and then commits.",
			Rules:   []string{"lost-effect", "non-linearizable", "state-divergence", "partial-effect"},
			change:  func(p *policy) { (&lateCommits{}).use(p) },
		},
		{
			Name: "failed-after-commit-executed-again",
			Mistake: "When the work after the commit fails it stores the operation as failed, and " +
				"executes failed operations again.",
			Rules: []string{"duplicate-effect", "in-flight-execution"},
			change: func(p *policy) {
				p.commit, p.settle, p.find = commitWithoutKey, storeHowItEnded, findUnfailed
			},
		},
	}
}

// storedAnswerBugs store something else than the first answer.
func storedAnswerBugs() []Bug {
	return []Bug{
		{
			Name: "conflict-stored-as-answer",
			Mistake: "It stores the refusal of a duplicate in flight, and the answer of the first attempt " +
				"then finds its place taken.",
			Rules:  []string{"stuck-key"},
			change: func(p *policy) { p.save, p.respond = saveIfAbsent, storeConflict },
		},
		{
			Name:    "long-answer-cut",
			Mistake: "It stores answers in 255 bytes, and the database cuts longer ones.",
			Rules:   []string{"divergent-replay"},
			change:  func(p *policy) { p.save = saveCut },
		},
	}
}
