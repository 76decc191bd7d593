// Package payment is a payment service that is idempotent the way the IETF draft asks for.
//
// Read this file first: RightSteps lists what happens to an attempt, step by step. Idempotency.go
// takes the steps, and ledger.go enters what accounts.go, charges.go, batches.go, refunds.go and
// transfers.go decide. The rest is HTTP.
//
// More names are exported than one reader needs, because packages variants and bugs replace steps
// and make their own out of the right ones.
package payment

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// Steps are the steps of answering an attempt, in the order in which they are taken. The right
// service has the steps of RightSteps; a variant or a seeded bug replaces some of them.
type Steps struct {
	// Key takes the idempotency key from the headers.
	Key func(http.Header) (key string, protected bool, refusal *Answer)
	// Body reads the whole body.
	Body func(io.Reader) ([]byte, *Answer)
	// Decode turns the body into a checked operation.
	Decode func([]byte, Operation) *Answer
	// Scope names what a key is unique in.
	Scope func(*Attempt) string
	// RecordKey turns the key into the one that is stored.
	RecordKey func(*Attempt) string
	// Fingerprint sums up the body, to tell a repeat from another operation.
	Fingerprint func(*Attempt, []byte) string
	// Claim keeps other attempts with the same key out until it is released.
	Claim ClaimStep
	// InFlight answers an attempt whose key is claimed.
	InFlight func() Answer
	// Find looks the key up.
	Find FindStep
	// Mismatch answers an attempt whose key belongs to another body.
	Mismatch func(*Attempt, store.Record) Answer
	// Replay answers a repeat.
	Replay ReplayStep
	// Working is the context that the processor works under.
	Working func(*Attempt) (context.Context, context.CancelFunc)
	// Commit decides the operation and makes everything about it durable.
	Commit func(*Service, *Attempt) (Answer, error)
	// Enter writes a decision into the ledger.
	Enter func(*Service, store.Tx, *Attempt, Decision) (Answer, error)
	// Keep says which answers are stored.
	Keep func(Answer) bool
	// Save stores the answer under the key.
	Save func(store.Tx, store.Record) error
	// Lifetime is how long a key is retained, given how long it should be.
	Lifetime func(time.Duration) time.Duration
	// Settle does what is left to do after the commit.
	Settle func(*Service, *Attempt, Answer) Answer
	// Respond writes the answer.
	Respond RespondStep
}

// The steps that others are made of.
type (
	// ClaimStep returns how to release the key, or false when another attempt has it.
	ClaimStep = func(*Service, *Attempt) (release func(), ok bool, err error)
	// FindStep returns what is stored under the key, or false when there is nothing.
	FindStep = func(*Service, store.Reader, *Attempt) (store.Record, bool, error)
	// ReplayStep answers a repeat.
	ReplayStep = func(*Service, *Attempt, store.Record) Answer
	// RespondStep writes the answer.
	RespondStep = func(*Service, http.ResponseWriter, *Attempt, Answer)
)

// RightSteps returns the steps of the right service.
func RightSteps() Steps {
	return Steps{
		Key:         RequireKey,
		Body:        ReadAll,
		Decode:      Decode,
		Scope:       ScopeOf,
		RecordKey:   func(at *Attempt) string { return at.Key },
		Fingerprint: Fingerprint,
		Claim:       ClaimInProcess,
		InFlight:    RefuseInFlight,
		Find:        FindByKey,
		Mismatch:    RefuseMismatch,
		Replay:      ReplayStored,
		Working:     FinishWhatWasStarted,
		Commit:      (*Service).Commit,
		Enter:       Enter,
		Keep:        func(a Answer) bool { return a.Decided },
		Save:        func(tx store.Tx, r store.Record) error { return tx.InsertRecord(r) },
		Lifetime:    func(retention time.Duration) time.Duration { return retention },
		Settle:      leaveSettled,
		Respond:     WriteAnswer,
	}
}

// ScopeOf keeps tenants and routes apart. The name is quoted so that no tenant's name can end in a
// route.
func ScopeOf(at *Attempt) string { return strconv.Quote(at.Tenant) + " " + at.Route }

// ReadAll reads a body that has arrived completely, and refuses another one.
func ReadAll(body io.Reader) ([]byte, *Answer) {
	data, err := io.ReadAll(body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p := Problem(BodyTooLarge, "the body has more than %d bytes", tooLarge.Limit)
		return nil, &p
	case err != nil:
		p := Problem(BodyIncomplete, "the body broke off after %d bytes", len(data))
		return nil, &p
	}
	return data, nil
}

// Decode reads the body as the operation that it asks for, and checks its fields.
func Decode(body []byte, into Operation) *Answer {
	if err := json.Unmarshal(body, into); err != nil {
		p := Problem(InvalidInput, "the body is not the JSON object expected: %v", err)
		return &p
	}
	return Invalid(into.Check())
}

// ClaimInProcess keeps the other attempts in this process out. Those in another process over the
// same database meet the unique key when they commit.
func ClaimInProcess(s *Service, at *Attempt) (release func(), ok bool, err error) {
	release, ok = s.claims.enter(at.FullKey())
	return release, ok, nil
}

// FindByKey finds what is stored and retained under the key of the attempt.
func FindByKey(s *Service, r store.Reader, at *Attempt) (store.Record, bool, error) {
	record, err := r.Record(at.Scope, at.RecordKey)
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	return record, err == nil && !record.Expired(s.Options.Clock.Now()), err
}

// FinishWhatWasStarted does not stop when the client goes away: it would come back and ask.
func FinishWhatWasStarted(at *Attempt) (context.Context, context.CancelFunc) {
	return context.WithCancel(at.Context)
}

// ReplayStored answers a repeat with the stored answer, and marks it.
func ReplayStored(_ *Service, _ *Attempt, record store.Record) Answer {
	return Answer{
		Status: record.Status, ContentType: record.ContentType, Location: record.Location,
		Body: record.Body, Replayed: true,
	}
}

// RefuseMismatch refuses another body under a used key, and tells nothing about the first one.
func RefuseMismatch(*Attempt, store.Record) Answer {
	return Problem(KeyMismatch, "the key was used with another body")
}

// RefuseInFlight asks a duplicate to try again, when there will be an answer to replay.
func RefuseInFlight() Answer {
	return Problem(KeyInFlight, "another attempt is being worked on").Again()
}

// leaveSettled does nothing, because one transaction has committed everything.
func leaveSettled(_ *Service, _ *Attempt, decided Answer) Answer { return decided }

// WriteAnswer writes the answer as it is.
func WriteAnswer(_ *Service, w http.ResponseWriter, _ *Attempt, a Answer) { a.Write(w) }
