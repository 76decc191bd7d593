package bugs

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// replayBugs keep a part of the answer, or make up another part.
func replayBugs() []Bug {
	return []Bug{
		{
			Name:    "marker-always",
			Mistake: "It marks every answer as a replay, the first one too.",
			Rules:   []string{"replay-unmarked"},
			Change:  func(do *payment.Steps) { do.Respond = markEverything },
		},
		{
			Name:    "other-status-on-replay",
			Mistake: "It replays a 201 as 200.",
			Rules:   []string{"divergent-replay", "stuck-key"},
			Change:  func(do *payment.Steps) { do.Replay = replayAsShown },
		},
		{
			Name:    "headers-lost-on-replay",
			Mistake: "It stores status and body and forgets the headers, so that a replay has no Location.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *payment.Steps) { do.Replay = replayWithoutHeaders },
		},
		{
			Name: "error-stored-as-success",
			Mistake: "When the processor's answer does not come it stores the 201 with which its " +
				"recorder of answers began, and no body.",
			Rules: []string{"lost-effect", "hollow-answer"},
			Change: func(do *payment.Steps) {
				do.Keep, do.Save = keepUnlessBusy, saveFailureAsCreated
				do.Working = stopWithClient
			},
		},
		{
			Name:    "retry-names-nothing",
			Mistake: "It makes an id before it looks the key up, and puts it into the replay.",
			Rules:   []string{"hollow-answer", "divergent-replay"},
			Change:  func(do *payment.Steps) { do.Replay = replayWithNewID },
		},
	}
}

func markEverything(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	a.Replayed = true
	right.WriteAnswer(s, w, at, a)
}

func replayAsShown(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	a := right.ReplayStored(s, at, record)
	if a.Status == http.StatusCreated {
		a.Status = http.StatusOK
	}
	return a
}

func replayWithoutHeaders(
	s *payment.Server, at *payment.Arrival, record store.Record,
) answer.Response {
	a := right.ReplayStored(s, at, record)
	a.Location = ""
	return a
}

// saveFailureAsCreated stores what a recorder of answers holds after a handler that failed before
// it wrote anything: the status that the recorder began with, and no body.
func saveFailureAsCreated(tx store.Tx, r store.Record) error {
	if r.Status >= 500 {
		r.Status, r.ContentType, r.Body = http.StatusCreated, "application/json", nil
	}
	return tx.InsertRecord(r)
}

// replayWithNewID puts an id into the stored answer that was made for this attempt.
func replayWithNewID(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	a := right.ReplayStored(s, at, record)
	var made struct {
		ID string `json:"id"`
	}
	_, chosen := at.Operation.(*operation.AccountInput)
	if chosen || json.Unmarshal(a.Body, &made) != nil || made.ID == "" {
		return a
	}
	prefix, _, _ := strings.Cut(made.ID, "_")
	err := s.Update(at, func(tx store.Tx) error {
		fresh, err := tx.NextID(prefix + "_")
		a.Body = bytes.Replace(record.Body, []byte(made.ID), []byte(fresh), 1)
		return err
	})
	if err != nil {
		return s.Failed(at, "making an id", err)
	}
	return a
}
