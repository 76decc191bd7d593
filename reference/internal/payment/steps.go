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
	Key func(http.Header) (key string, protected bool, refusal *answer.Response)
	// Body reads the whole body.
	Body func(io.Reader) ([]byte, *answer.Response)
	// Decode turns the body into a checked operation.
	Decode func([]byte, operation.Input) *answer.Response
	// Scope names what a key is unique in.
	Scope func(*Arrival) string
	// RecordKey turns the key into the one that is stored.
	RecordKey func(*Arrival) string
	// Fingerprint sums up the body, to tell a repeat from another operation.
	Fingerprint func(*Arrival, []byte) string
	// Claim keeps other attempts with the same key out until it is released.
	Claim ClaimStep
	// InFlight answers an attempt whose key is claimed.
	InFlight func() answer.Response
	// Find looks the key up.
	Find FindStep
	// Mismatch answers an attempt whose key belongs to another body.
	Mismatch func(*Arrival, store.Record) answer.Response
	// Replay answers a repeat.
	Replay ReplayStep
	// Working is the context that the processor works under.
	Working func(*Arrival) (context.Context, context.CancelFunc)
	// Commit decides the operation and makes everything about it durable.
	Commit func(*Server, *Arrival) (answer.Response, error)
	// Enter writes a decision into the ledger.
	Enter func(*Server, store.Tx, *Arrival, operation.Decision) (answer.Response, error)
	// Keep says which answers are stored.
	Keep func(answer.Response) bool
	// Save stores the answer under the key.
	Save func(store.Tx, store.Record) error
	// Lifetime is how long a key is retained, given how long it should be.
	Lifetime func(time.Duration) time.Duration
	// Settle does what is left to do after the commit.
	Settle func(*Server, *Arrival, answer.Response) answer.Response
	// Respond writes the answer.
	Respond RespondStep
}

// The steps that others are made of.
type (
	// ClaimStep returns how to release the key, or false when another attempt has it.
	ClaimStep = func(*Server, *Arrival) (release func(), ok bool, err error)
	// FindStep returns what is stored under the key, or false when there is nothing.
	FindStep = func(*Server, store.Reader, *Arrival) (store.Record, bool, error)
	// ReplayStep answers a repeat.
	ReplayStep = func(*Server, *Arrival, store.Record) answer.Response
	// RespondStep writes the answer.
	RespondStep = func(*Server, http.ResponseWriter, *Arrival, answer.Response)
)
