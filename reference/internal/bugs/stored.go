package bugs

import (
	"errors"
	"net/http"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// storedAnswerBugs store something else than the first answer.
func storedAnswerBugs() []Bug {
	return []Bug{
		{
			Name: "conflict-stored-as-answer",
			Mistake: "It stores the refusal of a duplicate in flight, and the answer of the first attempt " +
				"then finds its place taken.",
			Rules:  []string{"stuck-key"},
			Change: func(do *payment.Steps) { do.Save, do.Respond = saveIfAbsent, storeConflict },
		},
		{
			Name:    "long-answer-cut",
			Mistake: "It stores answers in 255 bytes, and the database cuts longer ones.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *payment.Steps) { do.Save = saveCut },
		},
	}
}

// saveIfAbsent trusts that what is there already is the same answer.
func saveIfAbsent(tx store.Tx, r store.Record) error {
	if err := tx.InsertRecord(r); !errors.Is(err, store.ErrExists) {
		return err
	}
	return nil
}

// storeConflict keeps the refusal of a duplicate in flight like any other answer that leaves.
func storeConflict(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if a.Status == http.StatusConflict {
		save := func(tx store.Tx) error { return saveIfAbsent(tx, s.RecordOf(at, a)) }
		logged(s, at, "answer not stored", s.Update(at, save))
	}
	right.WriteAnswer(s, w, at, a)
}

// answerColumn is how many bytes the column for stored answers takes.
const answerColumn = 255

// saveCut lets the database cut what is too long, as some do without a word.
func saveCut(tx store.Tx, r store.Record) error {
	r.Body = r.Body[:min(answerColumn, len(r.Body))]
	return tx.InsertRecord(r)
}
