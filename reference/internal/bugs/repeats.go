package bugs

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// repeatBugs answer the first attempt well and each repeat of it badly.
func repeatBugs() []Bug {
	return []Bug{
		{
			Name:    "stored-answer-unreadable",
			Mistake: "It cannot read back the answers that it stores, and answers each repeat with 500.",
			Rules:   []string{"divergent-replay", "stuck-key", "error-caching"},
			Change:  func(do *payment.Steps) { do.Replay = replayUnreadable },
		},
		{
			Name: "refusal-stored-as-empty-success",
			Mistake: "Its recorder of answers does not see what the handler of errors writes, so that a " +
				"refusal is stored as the 200 without a body that the recorder began with.",
			Rules: []string{
				"divergent-replay", "error-caching", "lost-effect", "hollow-answer", "stuck-key",
			},
			Change: func(do *payment.Steps) { do.Save = saveRefusalAsUntouched },
		},
		{
			Name:    "content-type-lost-on-replay",
			Mistake: "It stores status and body, and replays JSON as plain text.",
			Rules:   []string{"divergent-replay"},
			Change:  func(do *payment.Steps) { do.Replay = replayAsText },
		},
		{
			Name: "repeat-awaits-past-signal",
			Mistake: "A repeat waits to be told that the first attempt is done, which everybody was told " +
				"before, and is never answered.",
			Rules:  []string{"stuck-key"},
			Change: func(do *payment.Steps) { do.Replay = replayWhenTold },
		},
		{
			Name: "replay-shorter-than-announced",
			Mistake: "It stores the headers as they were sent and the body parsed: what it writes again " +
				"is shorter than the length announced, and breaks off.",
			Rules:  []string{"stuck-key", "divergent-replay"},
			Change: func(do *payment.Steps) { do.Respond = announceStoredLength },
		},
		{
			Name: "refusal-leaves-key-in-progress",
			Mistake: "It finishes a key with a success only: a refused operation stays in progress until " +
				"the service is started anew.",
			Rules: []string{"stuck-key", "error-caching"},
			Change: func(do *payment.Steps) {
				claims := &unfinishedClaims{}
				do.Claim, do.Commit, do.Keep = claims.claim, claims.commit, variants.KeepSuccess
				do.Respond = claims.refused.until(do.Respond)
			},
		},
	}
}

// replayUnreadable has stored an object where it expects text.
func replayUnreadable(*payment.Server, *payment.Arrival, store.Record) answer.Response {
	return answer.Problem(answer.Internal,
		`reading the stored answer: "[object Object]" is not valid JSON`)
}

// saveRefusalAsUntouched stores what the recorder of answers began with, because the handler of
// errors writes past it.
func saveRefusalAsUntouched(tx store.Tx, r store.Record) error {
	if r.Status >= 400 {
		r.Status, r.ContentType, r.Body = http.StatusOK, "application/json", nil
	}
	return tx.InsertRecord(r)
}

func replayAsText(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	a := right.ReplayStored(s, at, record)
	a.ContentType = "text/plain; charset=utf-8"
	return a
}

// replayWhenTold waits for a message that was sent when the first attempt was done.
func replayWhenTold(s *payment.Server, at *payment.Arrival, _ store.Record) answer.Response {
	select {
	case <-at.Request.Done():
	case <-at.Context.Done():
	}
	return s.Failed(at, "waiting for the first attempt", at.Request.Err())
}

// announced is a writer that knows better how long the body is.
type announced struct {
	http.ResponseWriter
	length int
}

// WriteHeader implements http.ResponseWriter.
func (a announced) WriteHeader(status int) {
	a.Header().Set("Content-Length", strconv.Itoa(a.length))
	a.ResponseWriter.WriteHeader(status)
}

// announceStoredLength sends a replay with the length of the first answer and with a body that was
// parsed and written again, which has no line feed at the end.
func announceStoredLength(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if a.Replayed {
		w = announced{w, len(a.Body)}
		a.Body = bytes.TrimRight(a.Body, "\n")
	}
	right.WriteAnswer(s, w, at, a)
}

// unfinishedClaims stay where an operation was refused.
type unfinishedClaims struct{ refused notes[bool] }

// claim lets go of a key that has an answer, or no outcome. A refusal is neither.
func (u *unfinishedClaims) claim(s *payment.Server, at *payment.Arrival) (func(), bool, error) {
	leave, ok, err := right.ClaimInProcess(s, at)
	return func() {
		if !u.refused.get(at) {
			leave()
		}
	}, ok, err
}

func (u *unfinishedClaims) commit(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := s.Commit(at)
	u.refused.put(at, err == nil && decided.Decided && decided.Status >= 400)
	return decided, err
}
