package reference

import (
	"context"
	"errors"
	"net/http"

	"github.com/idemcheck/idemcheck/reference/store"
)

func findNothing(*Service, store.Reader, *attempt) (store.Record, bool, error) {
	return store.Record{}, false, nil
}

func claimNothing(*Service, *attempt) (release func(), ok bool, err error) {
	return func() {}, true, nil
}

// claimInStore marks the key as in progress in a transaction of its own. Its release works under
// the client's context, which is the mistake: a client that has gone leaves the mark for ever.
func claimInStore(s *Service, at *attempt) (release func(), ok bool, err error) {
	mark := s.recordOf(at, answer{})
	mark.ExpiresAt = mark.CreatedAt.Add(forEver)
	err = s.update(at, func(tx store.Tx) error { return tx.InsertRecord(mark) })
	if errors.Is(err, store.ErrExists) {
		decided := false
		err = s.set.Store.View(at.ctx, func(r store.Reader) error {
			_, decided, err = findDecided(s, r, at)
			return err
		})
		return func() {}, decided, err
	}
	return func() { clearMark(s, at) }, true, err
}

func clearMark(s *Service, at *attempt) {
	err := s.set.Store.Update(at.request, func(tx store.Tx) error {
		_, decided, err := findDecided(s, tx, at)
		if decided || err != nil {
			return err
		}
		return tx.DeleteRecord(at.scope, at.recordKey)
	})
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "key stays in progress", "error", err)
	}
}

// findDecided does not take a key in progress for a decided one.
func findDecided(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	return record, found && record.Status != 0, err
}

func stopWithClient(at *attempt) (context.Context, context.CancelFunc) {
	return at.request, func() {}
}

func cutKey(at *attempt) string { return at.key[:min(64, len(at.key))] }

// bodyKey is what a body is stored as beside the key. No client can send a key with a line feed.
func bodyKey(fingerprint string) string { return "\nbody " + fingerprint }

func findByKeyOrBody(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	if found || err != nil {
		return record, found, err
	}
	same := *at
	same.recordKey = bodyKey(at.fingerprint)
	return findByKey(s, r, &same)
}

func saveByKeyAndBody(tx store.Tx, r store.Record) error {
	if err := tx.InsertRecord(r); err != nil {
		return err
	}
	r.Key = bodyKey(r.Fingerprint)
	return tx.InsertRecord(r)
}

// acceptAnyKey goes on without protection where there is no usable key.
func acceptAnyKey(header http.Header) (key string, protected bool, refusal *answer) {
	key, protected, _ = requireKey(header)
	return key, protected, nil
}
