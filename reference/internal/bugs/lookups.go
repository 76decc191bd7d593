package bugs

import (
	"errors"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// lookupBugs ask for the key and do not hold what they found.
func lookupBugs() []Bug {
	return []Bug{
		{
			Name:    "key-ignored",
			Mistake: "It never looks the key up.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Find, do.Save = findNothing, overwrite },
		},
		{
			Name:    "check-then-act",
			Mistake: "It looks the key up, executes, then stores, and nothing holds a second attempt back.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Claim, do.Save = claimNothing, overwrite },
		},
		{
			Name: "two-lookups",
			Mistake: "It looks the key up, then waits for its lock, and does not look again at what the " +
				"attempt before it has stored meanwhile.",
			Rules: []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change: func(do *payment.Steps) {
				early := &earlyLookups{}
				do.Claim, do.Find, do.Save = early.claim, early.find, overwrite
				do.Respond = early.seen.until(do.Respond)
			},
		},
		{
			Name:    "unique-on-wrong-columns",
			Mistake: "Its unique constraint covers the body's hash beside the key.",
			Rules:   []string{"payload-mismatch"},
			Change:  func(do *payment.Steps) { do.Find, do.Save = findByKeyAndBody, saveUnderKeyAndBody },
		},
		{
			Name: "losing-insert-500",
			Mistake: "It leaves duplicates to the unique constraint and shows the loser's unique " +
				"violation as a 500.",
			Rules:  []string{"divergent-replay"},
			Change: func(do *payment.Steps) { do.Claim, do.Commit = claimNothing, commitOrBreak },
		},
		{
			Name:    "in-flight-accepted",
			Mistake: "It answers 202 to a duplicate of an operation whose outcome it does not know yet.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *payment.Steps) { do.InFlight = variants.AcceptInFlight },
		},
	}
}

func findNothing(*payment.Server, store.Reader, *payment.Arrival) (store.Record, bool, error) {
	return store.Record{}, false, nil
}

func claimNothing(*payment.Server, *payment.Arrival) (release func(), ok bool, err error) {
	return func() {}, true, nil
}

// lockPoll is how often those who wait for a lock try again.
const lockPoll = time.Millisecond

// earlyLookups are what attempts saw before they had the lock of their key.
type earlyLookups struct{ seen notes[lookup] }

type lookup struct {
	record store.Record
	found  bool
}

// claim looks the key up and only then waits until nobody else works on it.
func (e *earlyLookups) claim(
	s *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	err = s.Options.Store.View(at.Context, func(r store.Reader) error {
		record, found, err := right.FindByKey(s, r, at)
		e.seen.put(at, lookup{record, found})
		return err
	})
	for err == nil {
		if release, ok, _ = right.ClaimInProcess(s, at); ok {
			return release, true, nil
		}
		err = processor.Pause(at.Context, lockPoll)
	}
	return nil, false, err
}

// find does not look again.
func (e *earlyLookups) find(
	_ *payment.Server, _ store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	seen := e.seen.get(at)
	return seen.record, seen.found, nil
}

func findByKeyAndBody(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	same := *at
	same.RecordKey = keyAndBody(at.RecordKey, at.Fingerprint)
	return right.FindByKey(s, r, &same)
}

func saveUnderKeyAndBody(tx store.Tx, r store.Record) error {
	r.Key = keyAndBody(r.Key, r.Fingerprint)
	return tx.InsertRecord(r)
}

// commitOrBreak does not know what a unique violation means.
func commitOrBreak(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := s.Commit(at)
	if errors.Is(err, store.ErrExists) {
		return answer.Problem(answer.Internal, "duplicate key value violates unique constraint"), nil
	}
	return decided, err
}
