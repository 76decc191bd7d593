package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// The steps of the right variants.

// queues let one attempt per key in at a time, while the others wait.
type queues struct {
	mu     sync.Mutex // guards inside
	inside map[string]chan struct{}
}

func newQueues() *queues { return &queues{inside: map[string]chan struct{}{}} }

// claim lets a duplicate wait until the first attempt has let go of the key.
func (q *queues) claim(_ *Service, at *attempt) (release func(), ok bool, err error) {
	for {
		left := q.enterOrWatch(at.fullKey())
		if left == nil {
			return func() { q.leave(at.fullKey()) }, true, nil
		}
		select {
		case <-left:
		case <-at.ctx.Done():
			return nil, false, at.ctx.Err()
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

func lasting(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

func keepSuccess(a answer) bool { return a.decided && a.status < 400 }

func inFlightAs(status int) func() answer {
	return func() answer { return restated(refuseInFlight(), status) }
}

func mismatchAs(status int) func(*attempt, store.Record) answer {
	return func(at *attempt, r store.Record) answer { return restated(refuseMismatch(at, r), status) }
}

// restated is a problem under another status than the usual one of its kind.
func restated(a answer, status int) answer {
	var d details
	if err := json.Unmarshal(a.body, &d); err != nil {
		return a // no problem of ours, so it has no status in its body
	}
	d.Status, a.status = status, status
	a.body = encode(d)
	return a
}

func unmarked(replay replayStep) replayStep {
	return func(s *Service, at *attempt, record store.Record) answer {
		a := replay(s, at, record)
		a.replayed = false
		return a
	}
}

// unlessExpired refuses a key that is kept although its retention is over.
func unlessExpired(status int, replay replayStep) replayStep {
	return func(s *Service, at *attempt, record store.Record) answer {
		if s.set.Clock.Now().Before(record.CreatedAt.Add(s.set.Retention)) {
			return replay(s, at, record)
		}
		used := record.CreatedAt.UTC().Format(time.RFC3339)
		return restated(problem(keyExpired, "the key was used on %s", used), status)
	}
}

// acknowledge says that an operation was done, and replays a refusal.
func acknowledge(s *Service, at *attempt, record store.Record) answer {
	if record.Status >= 400 {
		return replayStored(s, at, record)
	}
	a := shown(struct {
		Status string `json:"status"`
	}{"already processed"})
	a.replayed = true
	return a
}

func refuseDone(*Service, *attempt, store.Record) answer {
	return problem(keyDone, "the operation was done before")
}

// refuseOtherKey refuses what was stored under another key, and replays the rest.
func refuseOtherKey(s *Service, at *attempt, record store.Record) answer {
	if record.Key != at.recordKey {
		return problem(bodyUsed, "the same body came under another key")
	}
	return replayStored(s, at, record)
}

// replayWhatever does not mind which payload the key came with.
func replayWhatever(at *attempt, record store.Record) answer {
	return replayStored(nil, at, record)
}

// bareKey takes the key as it stands in a header, if there is one; longest is the most characters
// that it may have.
func bareKey(name string, longest int) func(http.Header) (string, bool, *answer) {
	parse := func(field string) (string, error) {
		switch {
		case field == "":
			return "", errors.New("is empty")
		case len(field) > longest:
			return "", fmt.Errorf("is longer than %d characters", longest)
		}
		return field, nil
	}
	return func(header http.Header) (key string, protected bool, refusal *answer) {
		if len(header.Values(name)) == 0 {
			return "", false, nil
		}
		return takeKey(header, name, parse)
	}
}

// repeatabilityKey takes the pair of headers of OASIS Repeatable Requests: both or neither.
func repeatabilityKey(header http.Header) (key string, protected bool, refusal *answer) {
	key, protected, refusal = bareKey("Repeatability-Request-ID", maxKey)(header)
	if !protected {
		return key, protected, refusal
	}
	if _, err := http.ParseTime(header.Get("Repeatability-First-Sent")); err != nil {
		p := problem(keyMalformed, "the Repeatability-First-Sent header is not a date: %v", err)
		return "", false, &p
	}
	return key, true, nil
}

// transientAs500 does not tell an overload from a failure: both may be tried again.
func transientAs500(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if a.status == http.StatusServiceUnavailable {
		a = restated(a, http.StatusInternalServerError)
	}
	writeAnswer(s, w, at, a)
}

// tellTransient marks what may be tried again, because its status alone does not say so.
func tellTransient(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	if a.retry {
		w.Header().Set("Transient-Error", "true")
	}
	writeAnswer(s, w, at, a)
}
