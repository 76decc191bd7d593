package reference

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/idemcheck/idemcheck/reference/store"
)

// overwrite stores an answer whatever is stored under the key.
func overwrite(tx store.Tx, r store.Record) error { return tx.PutRecord(r) }

// commitWithoutKey commits the effects alone.
func commitWithoutKey(s *Service, at *Attempt) (decided Answer, err error) {
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		decided, err = s.Enter(tx, at, d)
		return err
	})
	return decided, err
}

// drop forgets the key of an attempt.
func drop(s *Service, at *Attempt) {
	err := s.Update(at, func(tx store.Tx) error { return tx.DeleteRecord(at.Scope, at.RecordKey) })
	if err != nil {
		s.Options.Log.ErrorContext(at.Context, "key not dropped", "error", err)
	}
}

// receiptOf is the receipt of a charge alone.
func receiptOf(in *ChargeInput) Decision {
	return Decision{Reference: in.Reference, Postings: []Posting{
		{Account: in.Account, Kind: KindReceipt, Amount: in.Amount},
	}}
}

// stopWithClient stops work when the client goes away.
func stopWithClient(at *Attempt) (context.Context, context.CancelFunc) {
	return at.Request, func() {}
}

// findDecided does not take a key in progress for a decided one.
func findDecided(
	s *Service, r store.Reader, at *Attempt,
) (store.Record, bool, error) {
	record, found, err := FindByKey(s, r, at)
	return record, found && record.Status != 0, err
}

// keepUnlessBusy keeps what came of an attempt that got as far as the processor.
func keepUnlessBusy(a Answer) bool {
	return a.Decided || !bytes.Contains(a.Body, []byte("/problems#"+Busy))
}

// keyAndBody is what key and body together are stored as.
func keyAndBody(key, fingerprint string) string { return key + "\n" + fingerprint }

// showOriginal refuses another body with the answer that the first one got.
func showOriginal(_ *Attempt, record store.Record) Answer {
	return Describe(KeyMismatch, Details{
		Detail: "the key was used with another body", Original: json.RawMessage(record.Body),
	})
}

func digest(of []byte) string {
	sum := sha256.Sum256(of)
	return hex.EncodeToString(sum[:])
}
