package reference

import (
	"errors"
	"net/http"

	"github.com/idemcheck/idemcheck/reference/store"
)

// dropOnConflict cleans up after any attempt that was refused for its key, as if the key were that
// attempt's own.
func dropOnConflict(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if a.status == http.StatusUnprocessableEntity {
		drop(s, at)
	}
	writeAnswer(s, w, at, a)
}

// storeConflict keeps the refusal of a duplicate in flight like any other answer that leaves.
func storeConflict(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if a.status == http.StatusConflict {
		err := s.update(at, func(tx store.Tx) error { return saveIfAbsent(tx, s.recordOf(at, a)) })
		if err != nil {
			s.set.Log.ErrorContext(at.ctx, "answer not stored", "error", err)
		}
	}
	writeAnswer(s, w, at, a)
}

// saveIfAbsent trusts that what is there already is the same answer.
func saveIfAbsent(tx store.Tx, r store.Record) error {
	if err := tx.InsertRecord(r); !errors.Is(err, store.ErrExists) {
		return err
	}
	return nil
}
