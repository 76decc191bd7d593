package bugs

import (
	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// answerBugs execute once and then say or do something wrong.
func answerBugs() []Bug {
	return []Bug{
		{
			Name:    "refused-yet-executed",
			Mistake: "It enters the effect before it checks for funds and refuses.",
			Rules:   []string{"phantom-effect", "state-divergence"},
			Change:  func(do *payment.Steps) { do.Enter = enterThenRefuse },
		},
		{
			Name:    "replay-shows-current-state",
			Mistake: "It renders the current balance into a replay.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *payment.Steps) { do.Replay = variants.ReplayCurrentState },
		},
		{
			Name:    "transient-error-replayed",
			Mistake: "It stores and replays 503, and stops working when the client goes away.",
			Rules:   []string{"error-caching"},
			Change: func(do *payment.Steps) {
				do.Keep = func(answer.Response) bool { return true }
				do.Working = stopWithClient
			},
		},
		{
			Name:    "refusal-not-stored",
			Mistake: "It does not store refusals, so that a repeat may be executed.",
			Rules:   []string{"error-caching", "replay-unmarked"},
			Change:  func(do *payment.Steps) { do.Keep = variants.KeepSuccess },
		},
		{
			Name:    "receipt-on-replay",
			Mistake: "It sends the receipt again with each replay.",
			Rules:   []string{"side-effect-of-replay"},
			Change:  func(do *payment.Steps) { do.Replay = replayWithReceipt },
		},
		{
			Name:    "empty-replay",
			Mistake: "It replays the status without the body.",
			Rules:   []string{"hollow-answer"},
			Change:  func(do *payment.Steps) { do.Replay = replayStatusOnly },
		},
		{
			Name:    "marker-missing",
			Mistake: "It does not mark replays as such.",
			Rules:   []string{"replay-unmarked"},
			Change:  func(do *payment.Steps) { do.Replay = variants.ReplayUnmarked },
		},
	}
}

func enterThenRefuse(
	s *payment.Server, tx store.Tx, at *payment.Arrival, d operation.Decision,
) (answer.Response, error) {
	if d.Refusal == nil || len(d.Postings) == 0 {
		return right.Enter(s, tx, at, d)
	}
	d.Postings = d.Postings[:1]
	return *d.Refusal, right.Post(s, tx, at, d)
}

// replayWithReceipt enters a charge's receipt once more.
func replayWithReceipt(
	s *payment.Server, at *payment.Arrival, record store.Record,
) answer.Response {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	if !isCharge || record.Status >= 400 {
		return right.ReplayStored(s, at, record)
	}
	err := s.Update(at, func(tx store.Tx) error { return right.Post(s, tx, at, receiptOf(in)) })
	if err != nil {
		return s.Failed(at, "sending the receipt", err)
	}
	return right.ReplayStored(s, at, record)
}

func replayStatusOnly(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	a := right.ReplayStored(s, at, record)
	a.Body = nil
	return a
}
