package reference

import (
	"github.com/idemcheck/idemcheck/reference/store"
)

// answerBugs execute once and then say or do something wrong.
func answerBugs() []Bug {
	return []Bug{
		{
			Name:    "refused-yet-executed",
			Mistake: "It enters the effect before it checks for funds and refuses.",
			Rules:   []string{"phantom-effect", "state-divergence"},
			Change:  func(do *Steps) { do.Enter = enterThenRefuse },
		},
		{
			Name:    "replay-shows-current-state",
			Mistake: "It renders the current balance into a replay.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *Steps) { do.Replay = ReplayCurrentState },
		},
		{
			Name:    "transient-error-replayed",
			Mistake: "It stores and replays 503, and stops working when the client goes away.",
			Rules:   []string{"error-caching"},
			Change: func(do *Steps) {
				do.Keep = func(Answer) bool { return true }
				do.Working = stopWithClient
			},
		},
		{
			Name:    "refusal-not-stored",
			Mistake: "It does not store refusals, so that a repeat may be executed.",
			Rules:   []string{"error-caching", "replay-unmarked"},
			Change:  func(do *Steps) { do.Keep = KeepSuccess },
		},
		{
			Name:    "receipt-on-replay",
			Mistake: "It sends the receipt again with each replay.",
			Rules:   []string{"side-effect-of-replay"},
			Change:  func(do *Steps) { do.Replay = replayWithReceipt },
		},
		{
			Name:    "empty-replay",
			Mistake: "It replays the status without the body.",
			Rules:   []string{"hollow-answer"},
			Change:  func(do *Steps) { do.Replay = replayStatusOnly },
		},
		{
			Name:    "marker-missing",
			Mistake: "It does not mark replays as such.",
			Rules:   []string{"replay-unmarked"},
			Change:  func(do *Steps) { do.Replay = ReplayUnmarked },
		},
	}
}

func enterThenRefuse(
	s *Service, tx store.Tx, at *Attempt, d Decision,
) (Answer, error) {
	if d.Refusal == nil || len(d.Postings) == 0 {
		return s.Enter(tx, at, d)
	}
	d.Postings = d.Postings[:1]
	return *d.Refusal, s.Post(tx, at, d)
}

// replayWithReceipt enters a charge's receipt once more.
func replayWithReceipt(
	s *Service, at *Attempt, record store.Record,
) Answer {
	in, isCharge := at.Operation.(*ChargeInput)
	if !isCharge || record.Status >= 400 {
		return ReplayStored(s, at, record)
	}
	err := s.Update(at, func(tx store.Tx) error { return s.Post(tx, at, receiptOf(in)) })
	if err != nil {
		return s.Failed(at, "sending the receipt", err)
	}
	return ReplayStored(s, at, record)
}

func replayStatusOnly(s *Service, at *Attempt, record store.Record) Answer {
	a := ReplayStored(s, at, record)
	a.Body = nil
	return a
}
