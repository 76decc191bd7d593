package bugs

import (
	"errors"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// splitClaimBugs commit what belongs together in two transactions.
func splitClaimBugs() []Bug {
	return []Bug{
		{
			Name:    "effect-before-key",
			Mistake: "It commits the effect first and stores the key only once the answer could be written.",
			Rules:   []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change:  func(do *payment.Steps) { do.Commit, do.Respond = commitWithoutKey, writeThenStoreKey },
		},
		{
			Name: "key-before-effect",
			Mistake: "It commits key and answer first, and the effect in a second transaction that ends " +
				"when the client goes away.",
			Rules:  []string{"lost-effect"},
			Change: func(do *payment.Steps) { do.Commit = commitKeyFirst },
		},
		{
			Name: "record-with-cancelled-context",
			Mistake: "It writes the key after the effect under the context of a client that may have " +
				"gone.",
			Rules:  []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change: func(do *payment.Steps) { do.Commit = commitThenKeyForClient },
		},
		{
			Name:    "answer-before-durable",
			Mistake: "It sends the answer before the key is durable.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Commit, do.Respond = commitWithoutKey, writeAndStoreLater },
		},
	}
}

// writeThenStoreKey takes an answer for written when its connection still stands.
func writeThenStoreKey(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	a.Write(w)
	if a.Decided && at.Request.Err() == nil {
		logged(s, at, "key not stored", s.Keep(at, a))
	}
}

// commitKeyFirst stores the answer before the effect, which is entered for the client.
func commitKeyFirst(s *payment.Server, at *payment.Arrival) (decided answer.Response, err error) {
	var d operation.Decision
	err = s.Update(at, func(tx store.Tx) (err error) {
		if d, err = at.Operation.Decide(tx, at.Tenant); err != nil {
			return err
		}
		if decided = answer.Created(d.Result); d.Refusal != nil {
			decided = *d.Refusal
		}
		return s.Record(tx, at, decided)
	})
	if err != nil || d.Refusal != nil {
		return decided, err
	}
	return decided, s.Options.Store.Update(at.Request, func(tx store.Tx) error {
		_, err := right.Enter(s, tx, at, d)
		return err
	})
}

// commitThenKeyForClient loses the key of a client that has gone, and answers as if nothing was.
func commitThenKeyForClient(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	return commitKeyForClient(s, at, decided), nil
}

func commitKeyForClient(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	storeKey := func(tx store.Tx) error { return s.Record(tx, at, decided) }
	logged(s, at, "key not stored", s.Options.Store.Update(at.Request, storeKey))
	return decided
}

// behind is how much later than the answer the key is stored, at least.
const behind = 250 * time.Millisecond

// writeAndStoreLater lets the client have its answer before the key is on its way.
func writeAndStoreLater(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	a.Write(w)
	if a.Decided {
		logged(s, at, "storing the key after the answer", storeLater(s, w, at, a))
	}
}

// storeLater lets the answer go out, and stores the key when other work is done.
func storeLater(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) error {
	err := http.NewResponseController(w).Flush()
	if err == nil {
		err = processor.Pause(at.Context, max(s.Options.Work, behind))
	}
	return errors.Join(err, s.Keep(at, a))
}
