// Package payment is a payment service that is idempotent the way the IETF draft asks for.
//
// Read this file first: Steps are what happens to an attempt, step by step, and idempotency.go
// takes them. The rest is HTTP. Package right has the steps of the right service, package operation
// decides what charges, refunds, transfers and accounts come to, and package answer makes what goes
// back.
package payment

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Steps are the steps of answering an attempt, in the order in which they are taken. The right
// service has those of package right; a variant or a seeded bug replaces some of them.
type Steps struct {
	// Key takes the idempotency key from the headers.
	Key func(http.Header) (key string, protected bool, refusal *answer.Answer)
	// Body reads the whole body.
	Body func(io.Reader) ([]byte, *answer.Answer)
	// Decode turns the body into a checked operation.
	Decode func([]byte, operation.Operation) *answer.Answer
	// Scope names what a key is unique in.
	Scope func(*Attempt) string
	// RecordKey turns the key into the one that is stored.
	RecordKey func(*Attempt) string
	// Fingerprint sums up the body, to tell a repeat from another operation.
	Fingerprint func(*Attempt, []byte) string
	// Claim keeps other attempts with the same key out until it is released.
	Claim ClaimStep
	// InFlight answers an attempt whose key is claimed.
	InFlight func() answer.Answer
	// Find looks the key up.
	Find FindStep
	// Mismatch answers an attempt whose key belongs to another body.
	Mismatch func(*Attempt, store.Record) answer.Answer
	// Replay answers a repeat.
	Replay ReplayStep
	// Working is the context that the processor works under.
	Working func(*Attempt) (context.Context, context.CancelFunc)
	// Commit decides the operation and makes everything about it durable.
	Commit func(*Service, *Attempt) (answer.Answer, error)
	// Enter writes a decision into the ledger.
	Enter func(*Service, store.Tx, *Attempt, operation.Decision) (answer.Answer, error)
	// Keep says which answers are stored.
	Keep func(answer.Answer) bool
	// Save stores the answer under the key.
	Save func(store.Tx, store.Record) error
	// Lifetime is how long a key is retained, given how long it should be.
	Lifetime func(time.Duration) time.Duration
	// Settle does what is left to do after the commit.
	Settle func(*Service, *Attempt, answer.Answer) answer.Answer
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
	ReplayStep = func(*Service, *Attempt, store.Record) answer.Answer
	// RespondStep writes the answer.
	RespondStep = func(*Service, http.ResponseWriter, *Attempt, answer.Answer)
)
