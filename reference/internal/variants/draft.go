package variants

import (
	"net/http"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// draftVariants make use of what the draft leaves open, or declare one thing otherwise.
func draftVariants() []Variant {
	return []Variant{
		{
			Name: "blocks", Dialect: "ietf",
			Promise:   "A duplicate in flight waits and gets the first answer.",
			Suspicion: "Two attempts at once, both acknowledged, and no conflict.",
			Change:    func(do *payment.Steps) { do.Claim = newQueues().claim },
		},
		{
			Name: "accepts-in-flight", Dialect: "ietf",
			Promise:   "A duplicate in flight gets 202, which says nothing about the outcome.",
			Suspicion: "A 2xx answer, and perhaps nothing was done.",
			Change:    func(do *payment.Steps) { do.InFlight = AcceptInFlight },
		},
		{
			Name: "acknowledges", Dialect: "ietf",
			Promise:   "A repeat of what was done gets 200 and a word instead of the first answer.",
			Suspicion: "A repeat is answered with another status and another body.",
			Change:    func(do *payment.Steps) { do.Replay = acknowledge },
		},
		{
			Name: "unmarked", Dialect: "ietf",
			Promise:   "A replay looks like a first answer.",
			Suspicion: "Two answers look like first ones, so it must have executed twice.",
			Change:    func(do *payment.Steps) { do.Replay = ReplayUnmarked },
		},
		{
			Name: "mismatch-replayed", Dialect: "ietf",
			Promise:   "Another payload under a used key gets the first answer.",
			Suspicion: "An operation was acknowledged and has no effect.",
			Change:    func(do *payment.Steps) { do.Mismatch = replayWhatever },
		},
		{
			Name: "one-key-per-body", Dialect: "ietf",
			Promise:   "A body that came before is refused under another key; in flight means 423.",
			Suspicion: "A new operation is refused for an earlier one.",
			Change: func(do *payment.Steps) {
				do.Find, do.Save, do.Replay = FindByKeyOrBody, SaveByKeyAndBody, refuseOtherKey
				do.InFlight = inFlightAs(423)
			},
		},
		{
			Name: "scoped-by-tenant", Dialect: "ietf",
			Promise:   "A key belongs to its tenant on all routes: on another one it is refused.",
			Suspicion: "An operation that was never sent before is refused as a repeat.",
			Change:    func(do *payment.Steps) { do.Scope = scopeByTenant },
		},
		{
			Name: "forgets-soon", Dialect: "ietf",
			Promise:   "A key is remembered for a second; afterwards it is as good as new.",
			Suspicion: "A retry that comes late executes again.",
			Change:    func(do *payment.Steps) { do.Lifetime = Lasting(time.Second) },
		},
		{
			Name: "refuses-expired", Dialect: "ietf",
			Promise:   "A key whose retention is over is refused with 410.",
			Suspicion: "A retry of what was done is refused.",
			Change: func(do *payment.Steps) {
				do.Lifetime, do.Replay = Lasting(ForEver), unlessExpired(410, right.ReplayStored)
			},
		},
	}
}

// queues let one attempt per key in at a time, while the others wait.
type queues struct {
	mu     sync.Mutex // guards inside
	inside map[string]chan struct{}
}

func newQueues() *queues { return &queues{inside: map[string]chan struct{}{}} }

// claim lets a duplicate wait until the first attempt has let go of the key.
func (q *queues) claim(
	_ *payment.Server, at *payment.Arrival,
) (release func(), ok bool, err error) {
	for {
		left := q.enterOrWatch(at.FullKey())
		if left == nil {
			return func() { q.leave(at.FullKey()) }, true, nil
		}
		select {
		case <-left:
		case <-at.Context.Done():
			return nil, false, at.Context.Err()
		}
	}
}

// enterOrWatch returns nil to an attempt that it lets in, and to others what is closed when the one
// inside leaves.
func (q *queues) enterOrWatch(name string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if left := q.inside[name]; left != nil {
		return left
	}
	q.inside[name] = make(chan struct{})
	return nil
}

func (q *queues) leave(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.inside[name])
	delete(q.inside, name)
}

// AcceptInFlight answers 202 to a duplicate in flight.
func AcceptInFlight() answer.Response {
	a := answer.Shown(struct {
		Status string `json:"status"`
	}{"accepted"})
	a.Status = http.StatusAccepted
	return a
}

// acknowledge says that an operation was done, and replays a refusal.
func acknowledge(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	if record.Status >= 400 {
		return right.ReplayStored(s, at, record)
	}
	a := answer.Shown(struct {
		Status string `json:"status"`
	}{"already processed"})
	a.Replayed = true
	return a
}

// replayWhatever does not mind which payload the key came with.
func replayWhatever(at *payment.Arrival, record store.Record) answer.Response {
	return right.ReplayStored(nil, at, record)
}

// FindByKeyOrBody also finds what the same body did under another key.
func FindByKeyOrBody(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	if found || err != nil {
		return record, found, err
	}
	same := *at
	same.RecordKey = BodyKey(at.Fingerprint)
	return right.FindByKey(s, r, &same)
}

// BodyKey is what a body is stored as beside the key. No client can send a key with a line feed.
func BodyKey(fingerprint string) string { return "\nbody " + fingerprint }

// SaveByKeyAndBody stores what FindByKeyOrBody finds.
func SaveByKeyAndBody(tx store.Tx, r store.Record) error {
	if err := tx.InsertRecord(r); err != nil {
		return err
	}
	r.Key = BodyKey(r.Fingerprint)
	return tx.InsertRecord(r)
}

// refuseOtherKey refuses what was stored under another key, and replays the rest.
func refuseOtherKey(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	if record.Key != at.RecordKey {
		return answer.Problem(answer.BodyUsed, "the same body came under another key")
	}
	return right.ReplayStored(s, at, record)
}

func scopeByTenant(at *payment.Arrival) string { return at.Tenant }
