package bugs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// overwrite stores an answer whatever is stored under the key.
func overwrite(tx store.Tx, r store.Record) error { return tx.PutRecord(r) }

// commitWithoutKey commits the effects alone.
func commitWithoutKey(s *payment.Server, at *payment.Arrival) (decided answer.Response, err error) {
	err = s.Update(at, func(tx store.Tx) error {
		d, err := at.Operation.Decide(tx, at.Tenant)
		if err != nil {
			return err
		}
		decided, err = right.Enter(s, tx, at, d)
		return err
	})
	return decided, err
}

// drop forgets the key of an attempt.
func drop(s *payment.Server, at *payment.Arrival) {
	forget := func(tx store.Tx) error { return tx.DeleteRecord(at.Scope, at.RecordKey) }
	logged(s, at, "key not dropped", s.Update(at, forget))
}

// logged notes a failure after which the attempt goes on.
func logged(s *payment.Server, at *payment.Arrival, what string, err error) {
	if err != nil {
		s.Options.Log.ErrorContext(at.Context, what, "error", err)
	}
}

// receiptOf is the receipt of a charge alone.
func receiptOf(in *operation.ChargeInput) operation.Decision {
	return operation.Decision{Reference: in.Reference, Postings: []operation.Posting{
		{Account: in.Account, Kind: operation.KindReceipt, Amount: in.Amount},
	}}
}

// stopWithClient stops work when the client goes away.
func stopWithClient(at *payment.Arrival) (context.Context, context.CancelFunc) {
	return at.Request, func() {}
}

// findDecided does not take a key in progress for a decided one.
func findDecided(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	return record, found && record.Status != 0, err
}

// keepUnlessBusy keeps what came of an attempt that got as far as the processor.
func keepUnlessBusy(a answer.Response) bool {
	return a.Decided || !bytes.Contains(a.Body, []byte("/problems#"+answer.Busy))
}

// keyAndBody is what key and body together are stored as.
func keyAndBody(key, fingerprint string) string { return key + "\n" + fingerprint }

// showOriginal refuses another body with the answer that the first one got.
func showOriginal(_ *payment.Arrival, record store.Record) answer.Response {
	return answer.Describe(answer.KeyMismatch, answer.Details{
		Detail: "the key was used with another body", Original: json.RawMessage(record.Body),
	})
}

func digest(of []byte) string {
	sum := sha256.Sum256(of)
	return hex.EncodeToString(sum[:])
}
