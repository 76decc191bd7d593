package reference

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// policy is the seam: the steps of answering an attempt, in the order in which they are taken. The
// right service has the steps of rightPolicy; a seeded bug changes one mistake's worth of them.
type policy struct {
	// key takes the idempotency key from the headers.
	key func(http.Header) (key string, protected bool, refusal *answer)
	// body reads the whole body.
	body func(io.Reader) ([]byte, *answer)
	// decode turns the body into a checked operation.
	decode func([]byte, operation) *answer
	// scope names what a key is unique in.
	scope func(*attempt) string
	// recordKey turns the key into the one that is stored.
	recordKey func(*attempt) string
	// fingerprint sums up the body, to tell a repeat from another operation.
	fingerprint func(*attempt, []byte) string
	// claim keeps other attempts with the same key out until it is released.
	claim claimStep
	// inFlight answers an attempt whose key is claimed.
	inFlight func() answer
	// find looks the key up.
	find findStep
	// mismatch answers an attempt whose key belongs to another body.
	mismatch func(*attempt, store.Record) answer
	// replay answers a repeat.
	replay replayStep
	// working is the context that the processor works under.
	working func(*attempt) (context.Context, context.CancelFunc)
	// commit decides the operation and makes everything about it durable.
	commit func(*Service, *attempt) (answer, error)
	// enter writes a decision into the ledger.
	enter func(*Service, store.Tx, *attempt, decision) (answer, error)
	// keep says which answers are stored.
	keep func(answer) bool
	// save stores the answer under the key.
	save func(store.Tx, store.Record) error
	// lifetime is how long a key is retained, given how long it should be.
	lifetime func(time.Duration) time.Duration
	// settle does what is left to do after the commit.
	settle func(*Service, *attempt, answer) answer
	// respond writes the answer.
	respond respondStep
}

type (
	claimStep = func(*Service, *attempt) (release func(), ok bool, err error)
	findStep  = func(*Service, store.Reader, *attempt) (store.Record, bool, error)
	// replayStep answers a repeat.
	replayStep  = func(*Service, *attempt, store.Record) answer
	respondStep = func(*Service, http.ResponseWriter, *attempt, answer)
)

func rightPolicy() policy {
	return policy{
		key:         requireKey,
		body:        readAll,
		decode:      decode,
		scope:       scopeOf,
		recordKey:   func(at *attempt) string { return at.key },
		fingerprint: fingerprint,
		claim:       claimInProcess,
		inFlight:    refuseInFlight,
		find:        findByKey,
		mismatch:    refuseMismatch,
		replay:      replayStored,
		working:     finishWhatWasStarted,
		commit:      (*Service).commit,
		enter:       (*Service).enter,
		keep:        func(a answer) bool { return a.decided },
		save:        func(tx store.Tx, r store.Record) error { return tx.InsertRecord(r) },
		lifetime:    func(retention time.Duration) time.Duration { return retention },
		settle:      leaveSettled,
		respond:     writeAnswer,
	}
}
