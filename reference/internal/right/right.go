// Package right has the steps of the right service. Variants and seeded bugs replace some of them,
// and make their own out of others.
package right

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Steps returns the steps of the right service.
func Steps() payment.Steps {
	return payment.Steps{
		Key:         keyheader.Require,
		Body:        ReadAll,
		Decode:      Decode,
		Scope:       ScopeOf,
		RecordKey:   func(at *payment.Arrival) string { return at.Key },
		Fingerprint: Fingerprint,
		Claim:       ClaimInProcess,
		InFlight:    RefuseInFlight,
		Find:        FindByKey,
		Mismatch:    RefuseMismatch,
		Replay:      ReplayStored,
		Working:     FinishWhatWasStarted,
		Commit:      (*payment.Server).Commit,
		Enter:       Enter,
		Keep:        func(a answer.Response) bool { return a.Decided },
		Save:        func(tx store.Tx, r store.Record) error { return tx.InsertRecord(r) },
		Lifetime:    func(retention time.Duration) time.Duration { return retention },
		Settle:      leaveSettled,
		Respond:     WriteAnswer,
	}
}

// ScopeOf keeps tenants and routes apart. The name is quoted so that no tenant's name can end in a
// route.
func ScopeOf(at *payment.Arrival) string { return strconv.Quote(at.Tenant) + " " + at.Route }

// ReadAll reads a body that has arrived completely, and refuses another one.
func ReadAll(body io.Reader) ([]byte, *answer.Response) {
	data, err := io.ReadAll(body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p := answer.Problem(answer.BodyTooLarge, "the body has more than %d bytes", tooLarge.Limit)
		return nil, &p
	case err != nil:
		p := answer.Problem(answer.BodyIncomplete, "the body broke off after %d bytes", len(data))
		return nil, &p
	}
	return data, nil
}

// Decode reads the body as the operation that it asks for, and checks its fields.
func Decode(body []byte, into operation.Input) *answer.Response {
	if err := json.Unmarshal(body, into); err != nil {
		p := answer.Problem(answer.InvalidInput, "the body is not the JSON object expected: %v", err)
		return &p
	}
	return answer.Invalid(into.Check())
}

// ClaimInProcess keeps the other attempts in this process out. Those in another process over the
// same database meet the unique key when they commit.
func ClaimInProcess(s *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
	release, ok = s.ClaimKey(at)
	return release, ok, nil
}

// FindByKey finds what is stored and retained under the key of the attempt.
func FindByKey(s *payment.Server, r store.Reader, at *payment.Arrival) (store.Record, bool, error) {
	record, err := r.Record(at.Scope, at.RecordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	return record, err == nil && !record.Expired(s.Options.Clock.Now()), err
}

// FinishWhatWasStarted does not stop when the client goes away: it would come back and ask.
func FinishWhatWasStarted(at *payment.Arrival) (context.Context, context.CancelFunc) {
	return context.WithCancel(at.Context)
}

// ReplayStored answers a repeat with the stored answer, and marks it.
func ReplayStored(_ *payment.Server, _ *payment.Arrival, record store.Record) answer.Response {
	return answer.Response{
		Status: record.Status, ContentType: record.ContentType, Location: record.Location,
		Body: record.Body, Replayed: true,
	}
}

// RefuseMismatch refuses another body under a used key, and tells nothing about the first one.
func RefuseMismatch(*payment.Arrival, store.Record) answer.Response {
	return answer.Problem(answer.KeyMismatch, "the key was used with another body")
}

// RefuseInFlight asks a duplicate to try again, when there will be an answer to replay.
func RefuseInFlight() answer.Response {
	return answer.Problem(answer.KeyInFlight, "another attempt is being worked on").Again()
}

// leaveSettled does nothing, because one transaction has committed everything.
func leaveSettled(_ *payment.Server, _ *payment.Arrival, decided answer.Response) answer.Response {
	return decided
}

// WriteAnswer writes the answer as it is.
func WriteAnswer(_ *payment.Server, w http.ResponseWriter, _ *payment.Arrival, a answer.Response) {
	a.Write(w)
}

// Fingerprint is over the bytes as sent: a client repeats what it sent, and comparing anything less
// would be guessing what it meant.
func Fingerprint(_ *payment.Arrival, body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
